import { checkInput } from "../catalogue/check-input.ts";
import { modelNamed } from "../catalogue/models.ts";
import { canonical, fingerprint } from "./fingerprint.ts";

/** Whether what would be sent is what its fingerprint says, trusting nothing in it: it has been in other hands. */
export function isProven(line: {
  readonly endpoint: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly fingerprint: string;
}): boolean {
  const model = modelNamed(line.endpoint);
  if (model === undefined || model.endpoint !== line.endpoint) return false;
  const { ready } = checkInput(model, line.input);
  if (ready === null || ready.seconds !== line.seconds) return false;
  if (canonical(line.input) !== canonical(ready.send)) return false;
  return fingerprint(model.endpoint, ready.complete) === line.fingerprint;
}
