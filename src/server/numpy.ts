/**
 * What Python clients send and read in place of tensors: the dicts of msgpack-numpy and of openpi.
 *
 * A door of MessagePack lets what comes in through {@link fromNumpy} before it scans it, and, for a
 * client that asks for it, what goes out through {@link toNumpy}. Behind the doors there are only
 * tensors, as `wire/PROTOCOL.md` has them. Both pass bytes on as they are when there is nothing to
 * do, and neither decodes a value.
 *
 * | numpy                       | ours                                   | back in numpy    |
 * | --------------------------- | -------------------------------------- | ---------------- |
 * | array of a dtype of ours    | tensor, little-endian, row-major       | the same, `<`    |
 * | -                           | tensor of bfloat16                     | array of `<f4`   |
 * | bool, float scalars         | boolean, number                        | bool, float      |
 * | integer scalars             | number in 32 bits, else bigint (int64) | int              |
 * | uint64 scalar over 2^63-1   | refused                                | -                |
 * | object array                | refused: a pickle                      | -                |
 * | other types                 | refused, with what to send             | -                |
 *
 * @module
 */

export { fromNumpy } from "./numpy/from.ts";
export { toNumpy } from "./numpy/to.ts";
