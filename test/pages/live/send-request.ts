import { request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the address's own, as it goes over the wire. */
  readonly path?: string;
}

/** A question as any program may put it: `fetch` sends no Host of one's own and tidies paths up. */
export async function asked(
  url: string,
  { method = "GET", headers = {}, path }: Question = {},
): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url);
  return await new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path: path ?? pathname, method, headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}
