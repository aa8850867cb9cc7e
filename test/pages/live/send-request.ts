import { request } from "node:http";

export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface RequestParts {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, in place of the path of the address. */
  readonly path?: string;
}

/** Sends a request as any program may: `fetch` allows no Host header and normalizes paths. */
export async function sendRequest(
  url: string,
  { method = "GET", headers = {}, path }: RequestParts = {},
): Promise<ReceivedResponse> {
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
