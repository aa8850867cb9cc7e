import { html, type Html } from "./html.ts";
import { STYLE } from "./style.ts";

/**
 * A page that stands alone: no script, no request to anywhere, and should one get in, it is not allowed to run. Only
 * videos on this machine are opened, from where they are.
 */
export function documentOf(title: string, body: Html): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html> `;
  return page.toString();
}
