/**
 * In place of zod's languages: the one that its messages are in by default.
 *
 * @module
 */

export { default as en } from "../../node_modules/zod/v4/locales/en.js";
