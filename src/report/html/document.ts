import { drawn, html, type Html } from "./html.ts";
import type { Served } from "./served.ts";
import { STYLE } from "./style.ts";

const ALONE = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:";

/**
 * A page that stands alone: no script, no request to anywhere, and should one get in, it is not allowed to run. Only
 * videos on this machine are opened, from where they are. One that is served has the script that keeps it up to date.
 */
export function documentOf(title: string, body: Html, served: Served | null = null): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${served?.policy ?? ALONE}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${served === null ? null : html`<link rel="icon" href="data:," />`}
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        ${body} ${served === null ? null : drawn(`<script>${served.script}</script>`)}
      </body>
    </html> `;
  return page.toString();
}
