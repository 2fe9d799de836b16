/**
 * The baseline's worker: it runs the functions as they are, with nothing around them.
 *
 * @module
 */

import { CALLS, type Given } from "./scenarios.ts";

export default function run({ scenario, data, files }: Given & { scenario: string }): unknown {
  return CALLS[scenario]?.run(data as never, files as never);
}
