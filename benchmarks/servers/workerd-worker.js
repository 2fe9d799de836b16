// A worker of workerd.

import { answer } from "./peer-function.js";

export default { fetch: answer };
