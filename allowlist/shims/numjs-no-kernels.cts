/**
 * In place of cwise, with which numjs compiles its kernels while it is evaluated: none is compiled.
 * What would call one is replaced. CommonJS, because numjs calls the module itself.
 *
 * @module
 */

module.exports = () => () => {
  throw new TypeError("nj has no such kernel here");
};
