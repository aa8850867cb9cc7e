import type { Buying, Shell } from "./shell.ts";

/** What a person sees while something goes on. */
export interface MovingScreen {
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
