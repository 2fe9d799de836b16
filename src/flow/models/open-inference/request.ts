/**
 * A value as the body of an inference request: JSON, or JSON with the tensors as bytes behind it.
 *
 * The two forms carry the same tensors, but JSON has no NaN, no infinity, no bytes that are no
 * text, and servers do not take 16-bit floats in it. What the form cannot carry is refused with
 * its path; nothing is rounded or replaced to make it fit.
 *
 * @module
 */

import { isDict, pathTo, show, showList } from "../../../contract/schema/misfit-words.ts";
import { Tensor } from "../../../contract/tensor.ts";
import { Refusal } from "../../../faults.ts";
import { type Datatype, datatypeOf, DTYPE_OF, hasJsonForm, type Slot } from "./datatypes.ts";
import { joinElements, nestedFrom } from "./bytes.ts";

/** What decides the form of a request. */
export interface RequestForm {
  /** What the model takes, where that is known. */
  readonly inputs: readonly Slot[] | undefined;
  readonly binary: boolean;
  /** Comes back in the answer. */
  readonly id: string;
}

/** The body and the headers that say how it is to be read. */
export interface InferRequest {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** One input on its way: where it stood in the value, and what it is. */
interface Input {
  readonly path: string;
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly content: Tensor | readonly (string | Uint8Array)[];
}

/**
 * Returns the request for `value`.
 *
 * @param value What the model takes; not changed, not kept: its elements are copied.
 * @throws {Refusal} `INPUT_MISMATCH` with the path of what is no such input, or does not fit the
 * form.
 */
export function writeRequest(value: unknown, form: RequestForm): InferRequest {
  const inputs = inputsFrom(value, form.inputs);
  return form.binary ? binaryRequest(inputs, form.id) : jsonRequest(inputs, form.id);
}

function inputsFrom(value: unknown, slots: readonly Slot[] | undefined): Input[] {
  const only = slots?.length === 1 ? slots[0] : undefined;
  if (only) return [inputFrom(value, "$", only)];
  if (!isDict(value)) {
    const names = slots ? ` ${showList(slots.map(({ name }) => name))}` : "";
    return refuse("$", `wants a dict of the model's inputs${names}, got ${show(value)}`);
  }
  for (const name of Object.keys(value)) {
    if (slots && !slots.some((slot) => slot.name === name)) {
      refuse(pathTo("$", name), "is no input of the model");
    }
  }
  if (slots) return slots.map((slot) => inputFrom(value[slot.name], pathTo("$", slot.name), slot));
  return Object.entries(value).map(([name, one]) => {
    const datatype = Tensor.is(one) ? datatypeOf(one.dtype) : "BYTES";
    return inputFrom(one, pathTo("$", name), { name, datatype, shape: undefined });
  });
}

type Wanted = Pick<Slot, "name" | "datatype"> & { readonly shape: Slot["shape"] | undefined };

function inputFrom(value: unknown, path: string, { name, datatype, shape }: Wanted): Input {
  if (datatype === "BYTES") {
    const { lengths, elements } = nestedFrom(value, path, shape);
    return { path, name, datatype, shape: lengths, content: elements };
  }
  if (!Tensor.is(value) || value.dtype !== DTYPE_OF[datatype]) {
    return refuse(path, `wants a tensor of ${DTYPE_OF[datatype]}, got ${show(value)}`);
  }
  return { path, name, datatype, shape: value.shape, content: value };
}

function binaryRequest(inputs: readonly Input[], id: string): InferRequest {
  const parts = inputs.map(({ content }) =>
    Tensor.is(content) ? bytesOf(content) : joinElements(content),
  );
  const head = {
    id,
    parameters: { binary_data_output: true },
    inputs: inputs.map(({ name, shape, datatype }, i) => ({
      name,
      shape,
      datatype,
      parameters: { binary_data_size: parts[i]?.length },
    })),
  };
  const json = new TextEncoder().encode(JSON.stringify(head));
  return {
    body: join([json, ...parts]),
    headers: {
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(json.length),
    },
  };
}

/** Returns the elements as bytes. Any byte but 0 is true in a tensor; on the wire true is 1. */
export function bytesOf({ dtype, data }: Tensor): Uint8Array {
  if (dtype === "bool") return Uint8Array.from(data as Uint8Array, (one) => (one === 0 ? 0 : 1));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Returns bytes one behind the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The text is put together by hand, for `JSON.stringify` writes neither bigints nor -0. */
function jsonRequest(inputs: readonly Input[], id: string): InferRequest {
  const texts = inputs.map((input) => {
    const { name, shape, datatype } = input;
    const head = JSON.stringify({ name, shape, datatype });
    return `${head.slice(0, -1)},"data":[${dataOf(input)}]}`;
  });
  const text = `{"id":${JSON.stringify(id)},"inputs":[${texts.join(",")}]}`;
  return {
    body: new TextEncoder().encode(text),
    headers: { "content-type": "application/json" },
  };
}

/**
 * Returns the elements as JSON, flat, without the brackets.
 *
 * @throws {Refusal} `INPUT_MISMATCH` for what JSON has no form for.
 */
export function dataOf(input: Pick<Input, "path" | "datatype" | "content">): string {
  const { path, datatype, content } = input;
  if (!hasJsonForm(datatype)) {
    const how = "which JSON has no form for; it needs a server with binary_tensor_data";
    return refuse(path, `is ${datatype}, ${how}`);
  }
  if (!Tensor.is(content)) return content.map((one) => textOf(one, path)).join(",");
  if (datatype === "BOOL") return Array.from(content.data, Boolean).join(",");
  return datatype === "FP32" || datatype === "FP64"
    ? floatsOf(content.data as Float32Array | Float64Array, path)
    : content.data.join(",");
}

/** -0 is written as `-0.0`: readers take `-0` for the integer, which has no sign. */
function floatsOf(data: Float32Array | Float64Array, path: string): string {
  let hasMinusZero = false;
  for (let i = 0; i < data.length; i++) {
    const one = data[i] as number;
    if (!Number.isFinite(one)) {
      const how = "which JSON has no form for; it needs a server with binary_tensor_data";
      refuse(path, `holds ${one} as its element ${i}, ${how}`);
    }
    if (one === 0 && Object.is(one, -0)) hasMinusZero = true;
  }
  if (!hasMinusZero) return data.join(",");
  return Array.from(data, (one) => (Object.is(one, -0) ? "-0.0" : String(one))).join(",");
}

function textOf(element: string | Uint8Array, path: string): string {
  if (typeof element === "string") return JSON.stringify(element);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(element);
    return JSON.stringify(text);
  } catch {
    const how = "it needs a server with binary_tensor_data";
    return refuse(path, `holds bytes that are no UTF-8, which JSON has no form for; ${how}`);
  }
}

function refuse(path: string, detail: string): never {
  throw new Refusal("INPUT_MISMATCH", path, detail);
}
