/**
 * lodash in a bare isolate, against what Python's own library gives for the same data.
 *
 * `vectors-util.py` says how the vectors came to be.
 *
 * @module
 */

import { testLists } from "./util-lists.ts";

testLists("lodash", "_");
