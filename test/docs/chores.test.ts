// Every chore of the guide for those who come from Python: its hook against its Python.

import { testPage } from "./pages.ts";

testPage("chores", 40);
