/**
 * What the tokenizers package looks like from here, and how values of a hook are narrowed.
 *
 * The package has types of its own, but the parts that truncation needs are private there; these
 * are the parts we use.
 *
 * @module
 */

import type { LibraryWorld } from "../../src/contract/library.ts";
import type { Tensor } from "../../src/contract/tensor.ts";
import { show } from "./util-arguments.ts";

/** Puts special tokens around one or two lists of tokens. */
export interface PostProcessor {
  post_process(
    tokens: readonly string[],
    pair: readonly string[] | null,
    addSpecial: boolean,
  ): {
    readonly tokens: string[];
    readonly tokens_pair?: string[] | null;
    readonly token_type_ids?: number[];
  };
}

interface AddedToken {
  readonly id: number;
  readonly single_word: boolean;
}

/** Cuts added tokens out of a text. */
interface Splitter {
  split(text: string): string[];
}

/** One tokenizer of the package. */
export interface Inner {
  readonly model: {
    unk_token_id?: number | undefined;
    readonly unk_token?: string;
    readonly fuse_unk: boolean;
    readonly tokens_to_ids: ReadonlyMap<string, number>;
    readonly config: { readonly type?: string; readonly vocab?: unknown };
    encode(tokens: readonly string[]): string[];
  };
  /** Find the added tokens in a text: before it is normalised, and after. */
  readonly splitter_unnormalized: Splitter;
  readonly splitter_normalized: Splitter;
  readonly post_processor: PostProcessor | null;
  readonly decoder: ((tokens: readonly string[]) => string) | null;
  readonly added_tokens_map: ReadonlyMap<string, AddedToken>;
  readonly special_tokens: readonly string[];
  encode_text(text: string): string[];
  decode(ids: readonly number[], options: object): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
}

/** The package: its classes, by name. */
export interface Package {
  readonly Tokenizer: new (tokenizer: object, config: object) => Inner;
  readonly [name: string]: unknown;
}

let world: LibraryWorld;

/** Says once, before anything else here, which class tensors are of, and what else is one. */
export function useWorld(given: LibraryWorld): void {
  world = given;
}

/** Returns a tensor, and what another library has as a tensor; `undefined` for all else. */
export function tensorIn(value: unknown): Tensor | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return world.Tensor.is(value) ? value : world.tensorOf(value);
}

/** Returns a list, a typed array, or what is a tensor as a list. */
export function listFrom(value: unknown, who: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<unknown>);
  }
  const list = tensorIn(value)?.tolist();
  if (Array.isArray(list)) return list;
  throw new TypeError(`${who} wants a list or a Tensor, got ${show(value)}`);
}

/** Returns one id as a number: lists of int64 hold bigints. */
export function idFrom(value: unknown, who: string): number {
  const id = typeof value === "bigint" ? Number(value) : value;
  if (typeof id === "number" && Number.isSafeInteger(id)) return id;
  throw new TypeError(`${who} wants ids as whole numbers, got ${show(value)}`);
}
