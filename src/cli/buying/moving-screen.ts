import stringWidth from "string-width";
import type { Buying, Shell } from "../shell.ts";

/** What a person sees while something goes on. */
interface MovingScreen {
  /** Whether it is drawn over itself, so that a line for each event would only disturb. */
  readonly moves: boolean;
  say(text: string): void;
  end(): void;
}

const REDRAWN_MS = 150;

/** On a terminal a few lines drawn over themselves; elsewhere plain lines, each on its own. */
export async function movingScreen(
  shell: Shell,
  buying: Buying,
  picture: () => string,
  quiet: boolean,
): Promise<MovingScreen> {
  const screen = quiet ? null : await buying.overdrawn("err");
  if (screen === null) {
    return { moves: false, say: (text) => shell.err(`${text}\n`), end: () => undefined };
  }
  const draw = (): void => screen.show(picture());
  const timer = setInterval(draw, REDRAWN_MS);
  draw();
  return {
    moves: true,
    say: (text) => {
      screen.clear();
      shell.err(`${text}\n`);
      draw();
    },
    end: () => {
      clearInterval(timer);
      screen.clear();
    },
  };
}

/** As much of a picture as a terminal shows without losing its top, which matters most. */
export function fitted(picture: string, width: number, rows: number): string {
  // Nothing is known of a terminal without lines, and one is left for the cursor.
  const room = rows > 0 ? rows - 1 : Infinity;
  const lines = picture.split("\n");
  const heights = lines.map((line) => Math.max(1, Math.ceil(stringWidth(line) / width)));
  const all = heights.reduce((total, height) => total + height, 0);
  if (all <= room) return picture;
  let used = 0;
  const kept = lines.filter((_, index) => {
    used += heights[index] ?? 1;
    return used <= room - 1;
  });
  return [...kept, "… `topsheet status` shows all of it"].join("\n");
}
