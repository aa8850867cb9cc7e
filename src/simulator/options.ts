import { filled, option, type OptionsOf, usually } from "../cli/option-spec.ts";

export const SIMULATE = {
  arguments: [],
  options: [
    usually("--port <n>", "port to listen on; 0 takes any that is free", "0"),
    usually("--speed <n>", "how many times faster than real time", "1"),
    filled("--faults <rates>", "what goes wrong and how often, such as reset:5%,422:2%"),
    filled("--seed <n>", "seed, for reproducible timings and faults"),
    option("--flatten", "as a proxy, answer 200 whatever the status was"),
  ],
} as const;
export type SimulateOptions = OptionsOf<typeof SIMULATE.options>;
