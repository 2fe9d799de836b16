import { bundleAll } from "../build/bundle.ts";

/** Builds what the tests run against: the same bundles that the package ships. */
export default async function setup(): Promise<void> {
  await bundleAll();
}
