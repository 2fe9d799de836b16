// A hook for each library, on real data: the hook against its Python.

import { testPage } from "./pages.ts";

testPage("real-data", 13);
