/**
 * What tfjs looks like from here. Its own types want a browser's; these are the parts we use.
 *
 * @module
 */

/** What tfjs computes with, and what it keeps each in. */
export type TfDType = "float32" | "int32" | "bool";
export type TfElements = Float32Array | Int32Array | Uint8Array;

/** A tensor of tfjs: an entry in the tables of its engine. */
export interface TfTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly dataId: object;
  readonly isDisposed: boolean;
  dataSync(): TfElements | string[];
  arraySync(): unknown;
}

interface TfTensorClass {
  new (...values: never[]): TfTensor;
  readonly prototype: object;
}

/** A function of tfjs that takes tensors and more, and gives a tensor. */
export type TfOp = (...values: readonly unknown[]) => TfTensor;

/** The namespace. What is not named below is a function, or a group of functions, of its own. */
export interface Tf {
  readonly Tensor: TfTensorClass;
  env(): { set(flag: string, value: unknown): void; setPlatform(name: string, it: object): void };
  [name: string]: unknown;
}
