/**
 * A value that keeps to a schema, made up: what a dry run goes on with behind a part that failed.
 *
 * Only simple schemas are understood. What is made is checked against the schema before it is
 * used, so a wrong guess costs a part that is not tried, never a wrong report.
 *
 * @module
 */

import { compileSchema, type Schema } from "../contract/schema/schema.ts";
import { type DType, DTYPES, Tensor, type TensorData } from "../contract/tensor.ts";

/** Larger ones are not made up: a dry run is to be quick. */
const ELEMENTS_MAX = 2 ** 24;
const DEPTH_MAX = 16;

type Dict = Readonly<Record<string, unknown>>;

/** Returns a value that keeps to `schema`, or nothing when none could be made up. */
export function sampleOf(schema: Schema | undefined): { readonly value: unknown } | undefined {
  if (schema === undefined) return undefined;
  try {
    const value = made(schema, 0);
    compileSchema(schema, "schema")(value, { code: "OUTPUT_MISMATCH" });
    return { value };
  } catch {
    return undefined;
  }
}

function made(schema: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new Error("too deep to make up");
  if (typeof schema !== "object" || schema === null) return 0;
  const dict = schema as Dict;
  if ("const" in dict) return dict["const"];
  if (Array.isArray(dict["enum"])) return dict["enum"][0];
  if (dict["tensor"] !== undefined) return tensorOf(dict["tensor"] as Dict);
  if (dict["bytes"] === true) return new Uint8Array(0);
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const choices = dict[key];
    if (Array.isArray(choices)) return made(choices[0], depth + 1);
  }
  const type = Array.isArray(dict["type"]) ? dict["type"][0] : dict["type"];
  return ofType(type ?? guessed(dict), dict, depth);
}

/** A schema that names properties or items means a dict or a list, though it does not say so. */
function guessed(dict: Dict): string {
  if ("properties" in dict || "required" in dict) return "object";
  return "items" in dict || "prefixItems" in dict ? "array" : "number";
}

function ofType(type: unknown, dict: Dict, depth: number): unknown {
  switch (type) {
    case "array":
      return listOf(dict, depth);
    case "object":
      return dictOf(dict, depth);
    case "string":
      return "a".repeat(numberIn(dict, "minLength") ?? 0);
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return numberIn(dict, "minimum") ?? numberIn(dict, "exclusiveMinimum", 1) ?? 0;
  }
}

function listOf(dict: Dict, depth: number): unknown[] {
  const first = Array.isArray(dict["prefixItems"]) ? (dict["prefixItems"] as unknown[]) : [];
  const length = Math.max(first.length, numberIn(dict, "minItems") ?? 1);
  if (length > ELEMENTS_MAX) throw new Error("too long to make up");
  const items = dict["items"] ?? true;
  return Array.from({ length }, (_, i) => made(first[i] ?? items, depth + 1));
}

function dictOf(dict: Dict, depth: number): Record<string, unknown> {
  const properties = (dict["properties"] ?? {}) as Dict;
  const required = Array.isArray(dict["required"]) ? dict["required"].map(String) : [];
  return Object.fromEntries(required.map((key) => [key, made(properties[key] ?? true, depth + 1)]));
}

function tensorOf(spec: Dict): Tensor {
  const { dtype: dtypes, shape: axes } = spec;
  const dtype = ((Array.isArray(dtypes) ? dtypes[0] : dtypes) ?? "float32") as DType;
  const shape = (Array.isArray(axes) ? axes : [1]).map((axis: unknown) =>
    typeof axis === "number" && axis >= 0 ? axis : 1,
  );
  const size = shape.reduce((product: number, axis) => product * axis, 1);
  if (size > ELEMENTS_MAX) throw new Error("too large to make up");
  return new Tensor(dtype, shape, new DTYPES[dtype].array(size) as TensorData);
}

function numberIn(dict: Dict, key: string, more = 0): number | undefined {
  const value = dict[key];
  return typeof value === "number" ? value + more : undefined;
}
