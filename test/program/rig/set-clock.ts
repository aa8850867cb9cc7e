// The program reads its clock as `Date.now` and nowhere else: this is loaded before it, as a wrong clock would be.

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The environment of a program whose clock goes so many milliseconds ahead. */
export function clockAhead(ms: number): Readonly<Record<string, string>> {
  return loading(`const now=Date.now;Date.now=()=>now()+${ms}`);
}

/** The environment of a program for which it is that moment, from its start to its end. */
export function clockAt(instant: string): Readonly<Record<string, string>> {
  return loading(`Date.now=()=>${Date.parse(instant)}`);
}

function loading(script: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}
