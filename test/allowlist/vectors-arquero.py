"""Works out with pandas what its stand-in of the allowlist must give for the same text.

Run as `/usr/bin/python3 test/allowlist/vectors-arquero.py > test/allowlist/vectors-arquero.json`,
with Debian's python3-pandas (1.5) and python3-sklearn for the tables. The tests only read the JSON.
"""

import io
import json
import math

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris, load_wine

iris = load_iris(as_frame=True).frame.rename(columns=lambda name: name.replace(" (cm)", "").replace(" ", "_"))
iris["species"] = [["setosa", "versicolor", "virginica"][target] for target in iris.pop("target")]
wine = load_wine(as_frame=True).frame

ORDERS = '''id,customer,"ordered at",amount,paid,note,serial,zip
1,"Smith, J",2024-02-29 23:59:30,10.50,True,"said ""hi""",9007199254740993,01234
2,Köln GmbH,2024-03-01,,False,,9007199254740995,99999

3,"two
lines",2023-12-31T12:00:00+02:00,-3e2,True,NA,12,00001
4,東京,,7,True,n/a,-5,10000
5,"Smith, J",2024-01-05,1.25,False,last,0,00020
'''
CITIES = "customer,city,amount\n\"Smith, J\",Leeds,1\nKöln GmbH,Köln,2\nnobody,Rome,3\nKöln GmbH,Bonn,4\n"

csv = lambda text, **options: pd.read_csv(io.StringIO(text), **options)
TEXTS = {"IRIS": iris.to_csv(index=False), "WINE": wine.to_csv(index=False), "ORDERS": ORDERS, "CITIES": CITIES}
iris, wine, orders, cities = (csv(text) for text in TEXTS.values())
dated = csv(ORDERS, parse_dates=["ordered at"])
dated["ordered at"] = [pd.Timestamp(date) if pd.isna(date) or pd.Timestamp(date).tzinfo else pd.Timestamp(date).tz_localize("UTC") for date in csv(ORDERS)["ordered at"]]
by = lambda keys, frame=iris: frame.groupby(keys, as_index=False)


def flat(frame):
    frame.columns = ["_".join(part for part in name if part) if isinstance(name, tuple) else name for name in frame.columns]
    return frame


def described(frame):
    return frame.describe().reset_index().rename(columns={"index": "statistic"})


def counted(series, **options):
    counts = series.value_counts(**options)
    name = "proportion" if options.get("normalize") else "count"
    return counts.rename(name).rename_axis(series.name).reset_index()


left = pd.DataFrame({"k": ["b", "a", None, "b", "c"], "n": [1, 2, 3, 4, 5], "v": [1.5, 2.5, 3.5, 4.5, 5.5]})
right = pd.DataFrame({"k": ["b", "d", "b", None], "n": [1, 2, 4, 3], "v": [10.0, 20.0, 30.0, 40.0]})

# Every pair of dtypes that a table holds, side by side in one array.
KINDS = {
    "bool": "[true]", "int8": "new Int8Array(1)", "int16": "new Int16Array(1)", "int32": "new Int32Array(1)", "int64": "new BigInt64Array(1)",
    "uint8": "new Uint8Array(1)", "uint16": "new Uint16Array(1)", "uint32": "new Uint32Array(1)", "uint64": "new BigUint64Array(1)",
    "float32": "new Float32Array(1)", "float64": "new Float64Array(1)",
}
promotions = [
    (f"lib.DataFrame({{ a: {KINDS[a]}, b: {KINDS[b]} }}).to_numpy().dtype", str(pd.DataFrame({"a": np.zeros(1, a), "b": np.zeros(1, b)}).to_numpy().dtype))
    for a in KINDS for b in KINDS
    # pandas makes objects of booleans beside numbers; here they are 0 and 1.
    if (a == "bool") == (b == "bool")
]

ROWS = [
    ("read(IRIS)", iris),
    ("read(WINE)", wine),
    ("read(ORDERS)", orders),
    ("read(bytes(ORDERS))", orders),
    ("read(ORDERS, { parse_dates: ['ordered at'] })", dated),
    ("read(ORDERS, { dtype: { zip: 'str' }, usecols: ['zip', 'id'] })", csv(ORDERS, dtype={"zip": str}, usecols=["zip", "id"])),
    ("read(ORDERS, { nrows: 2 })", csv(ORDERS, nrows=2)),
    ("read(ORDERS, { keep_default_na: false, na_values: ['last'] }).select('note')", csv(ORDERS, keep_default_na=False, na_values=["last"])[["note"]]),
    ("read('a;b\\n1,5;x\\n2,5;y\\n', { sep: ';', decimal: ',' })", csv("a;b\n1,5;x\n2,5;y\n", sep=";", decimal=",")),
    ("read('1,2\\n3,4\\n', { header: null })", csv("1,2\n3,4\n", header=None).rename(columns=str)),
    ("read('1,2\\n3,4\\n', { names: ['x', 'y'] })", csv("1,2\n3,4\n", names=["x", "y"])),
    ("read('a,a,\\n1,2,3\\n')", csv("a,a,\n1,2,3\n")),
    ("read('# made\\na,b\\n1,2\\n# more\\n3\\n', { comment: '#' })", csv("# made\na,b\n1,2\n# more\n3\n", comment="#")),
    ("read('junk\\na,b\\n1,2\\n', { skiprows: 1 })", csv("junk\na,b\n1,2\n", skiprows=1)),
    ("read('x\\n1e3\\ninf\\n-inf\\nnan\\n .5\\n')", csv("x\n1e3\ninf\n-inf\nnan\n .5\n")),
    ("read('x\\n0x10\\n1_000\\n')", csv("x\n0x10\n1_000\n")),
    ("read('x,y\\nTrue,TRUE\\nfalse,\\n')", csv("x,y\nTrue,TRUE\nfalse,\n")),
    ("iris.head()", iris.head()),
    ("iris.head(2)", iris.head(2)),
    ("iris.tail(3)", iris.tail(3)),
    ("iris.tail(999).shape", list(iris.shape)),
    ("iris.tail(0).shape", list(iris.tail(0).shape)),
    ("iris.groupby('species').tail(2)", iris.groupby("species").tail(2)),
    ("iris.groupby('species').head(1)", iris.groupby("species").head(1)),
    ("iris.shape", list(iris.shape)),
    ("iris.columns", list(iris.columns)),
    ("iris.describe()", described(iris)),
    ("wine.describe()", described(wine)),
    ("orders.select('amount', 'id').describe()", described(orders[["amount", "id"]])),
    ("iris.groupby('species').agg('mean')", by("species").agg("mean")),
    ("iris.groupby('species').agg('std')", by("species").agg("std")),
    ("iris.groupby('species').agg({ petal_length: 'median', petal_width: 'max' })", by("species").agg({"petal_length": "median", "petal_width": "max"})),
    ("iris.groupby('species').agg({ petal_length: ['min', 'max', 'var', 'sum', 'count'] })", flat(by("species").agg({"petal_length": ["min", "max", "var", "sum", "count"]}))),
    ("iris.groupby('species').agg({ widest: ['petal_width', 'max'], n: ['species', 'size'] })", by("species").agg(widest=("petal_width", "max"), n=("petal_length", "size"))),
    ("wine.groupby('target').agg({ alcohol: (list) => Math.max(...list) - Math.min(...list) })", by("target", wine).agg({"alcohol": lambda list: list.max() - list.min()})),
    ("iris.groupby(['species', 'petal_width']).agg({ sepal_width: 'mean' })", by(["species", "petal_width"]).agg({"sepal_width": "mean"})),
    ("orders.groupby('customer').agg({ amount: ['sum', 'mean', 'count', 'nunique', 'first', 'last'] })", flat(by("customer", orders).agg({"amount": ["sum", "mean", "count", "nunique", "first", "last"]}))),
    ("orders.groupby('note').agg({ id: 'count' })", by("note", orders).agg({"id": "count"})),
    ("orders.dropna({ subset: 'note' }).groupby('customer').agg({ note: 'min' })", by("customer", orders[["customer", "note"]].dropna()).agg({"note": "min"})),
    ("iris.filter((d) => d.petal_length > 5).groupby('species').agg('mean')", by("species", iris[iris.petal_length > 5]).agg("mean")),
    # Which of equal rows come first differs between the versions of pandas.
    ("orders.merge(cities, { on: 'customer' }).sort_values(['id', 'city'])", orders.merge(cities, on="customer").sort_values(["id", "city"])),
    ("orders.merge(cities, { on: 'customer', how: 'left' })", orders.merge(cities, on="customer", how="left")),
    # Where a row is missing, pandas makes floats of 64-bit integers, and loses their last digits.
    ("orders.drop('serial').merge(cities, { on: 'customer', how: 'right', suffixes: ['', '_city'] })", orders.drop(columns="serial").merge(cities, on="customer", how="right", suffixes=("", "_city"))),
    ("orders.drop('serial').merge(cities, { on: 'customer', how: 'outer' }).sort_values(['customer', 'city'])", orders.drop(columns="serial").merge(cities, on="customer", how="outer").sort_values(["customer", "city"])),
    ("left.merge(right, { on: 'k' }).sort_values(['k', 'n_x', 'n_y'])", left.merge(right, on="k").sort_values(["k", "n_x", "n_y"])),
    ("left.merge(right, { on: ['k', 'n'] })", left.merge(right, on=["k", "n"])),
    ("left.merge(right, { on: ['k', 'n'], how: 'outer' })", left.merge(right, on=["k", "n"], how="outer").sort_values(["k", "n"])),
    ("lib.merge(left, right, { left_on: 'n', right_on: 'n', how: 'left' })", left.merge(right, left_on="n", right_on="n", how="left")),
    ("left.merge(right, { left_on: 'n', right_on: 'v', how: 'left' })", left.merge(right, left_on="n", right_on="v", how="left")),
    ("orders.fillna(0).select('amount')", orders.fillna(0)[["amount"]]),
    ("orders.fillna({ amount: -1, note: 'none' })", orders.fillna({"amount": -1, "note": "none"})),
    ("orders.dropna()", orders.dropna()),
    ("orders.dropna({ subset: ['amount'] })", orders.dropna(subset=["amount"])),
    ("read('a,b\\n,\\n1,\\n', {}).dropna({ how: 'all' })", csv("a,b\n,\n1,\n").dropna(how="all")),
    ("orders.value_counts('customer')", counted(orders.customer)),
    ("iris.value_counts('species', { normalize: true })", counted(iris.species, normalize=True)),
    ("orders.value_counts('note', { dropna: false }).select('count')", counted(orders.note, dropna=False)[["count"]]),
    ("orders.sort_values('amount')", orders.sort_values("amount", kind="stable")),
    ("orders.sort_values(['paid', 'amount'], { ascending: [false, true] })", orders.sort_values(["paid", "amount"], ascending=[False, True])),
    ("iris.sort_values('petal_width', { ascending: false }).head(9)", iris.sort_values("petal_width", ascending=False, kind="stable").head(9)),
    ("lib.get_dummies(iris)", pd.get_dummies(iris, dtype=bool)),
    ("orders.get_dummies({ columns: ['customer', 'note'], prefix_sep: '=' })", pd.get_dummies(orders, columns=["customer", "note"], prefix_sep="=", dtype=bool)),
    ("iris.get_dummies({ columns: ['species'], drop_first: true }).head(3)", pd.get_dummies(iris, columns=["species"], drop_first=True, dtype=bool).head(3)),
    ("orders.drop('note')", orders.drop(columns="note")),
    ("orders.drop({ columns: ['note', 'id'] })", orders.drop(columns=["note", "id"])),
    ("iris.drop('species').to_numpy()", iris.drop(columns="species").to_numpy()),
    ("iris.drop('species').values()", iris.drop(columns="species").values),
    ("wine.values()", wine.values),
    ("iris.to_numpy('petal_width')", iris.petal_width.to_numpy()),
    ("iris.to_numpy(['petal_width', 'sepal_width'])", iris[["petal_width", "sepal_width"]].to_numpy()),
    ("orders.to_numpy('amount')", orders.amount.to_numpy()),
    ("orders.to_numpy('paid')", orders.paid.to_numpy()),
    ("orders.to_numpy('serial')", orders.serial.to_numpy()),
    ("orders.to_numpy('id')", orders.id.to_numpy(dtype=np.int32)),
    ("orders.to_numpy(['id', 'zip'])", orders[["id", "zip"]].to_numpy(dtype=np.int32)),
    ("cities.to_dict('list')", cities.to_dict("list")),
    ("cities.to_dict('records')", cities.to_dict("records")),
    ("lib.DataFrame([{ a: 1, b: 'x' }, { c: 2.5, a: 3 }])", pd.DataFrame([{"a": 1, "b": "x"}, {"c": 2.5, "a": 3}])),
    ("lib.DataFrame([[1, 2], [3, 4]], { columns: ['x', 'y'] })", pd.DataFrame([[1, 2], [3, 4]], columns=["x", "y"])),
    ("lib.DataFrame({ a: [1, 2], b: 'same' })", pd.DataFrame({"a": [1, 2], "b": "same"})),
    ("new lib.DataFrame(iris.drop('species').to_numpy(), { columns: ['a', 'b', 'c', 'd'] }).describe()", described(pd.DataFrame(iris.drop(columns="species").to_numpy(), columns=list("abcd")))),
    # The reader: quotes, blank lines, comments, names, numbers.
    ("read('a,b\\n\"x\"y,2\\nx\"y\"z,3\\n \"q\",4\\n\"\"\"\",5\\n')", csv('a,b\n"x"y,2\nx"y"z,3\n "q",4\n"""",5\n')),
    ("read('a\\n\"\"\\n1\\n')", csv('a\n""\n1\n')),
    ("read('a,b\\n  \\n1,2\\n\\t\\n\\n,\\n')", csv("a,b\n  \n1,2\n\t\n\n,\n")),
    ("read('a\\r1\\r2\\r')", csv("a\r1\r2\r")),
    ("read('a,b\\r\\n1,\"x\\r\\ny\"\\r\\n2,z')", csv('a,b\r\n1,"x\r\ny"\r\n2,z')),
    ("read(bytes('\\ufeffa,b\\n1,2\\n'))", csv("\ufeffa,b\n1,2\n")),
    ("read('a,b\\n1,2 # c\\n3,4#x,5\\n\"#1\",6\\n  # no\\n', { comment: '#', nrows: 3 })", csv('a,b\n1,2 # c\n3,4#x,5\n"#1",6\n', comment="#")),
    ("read('a,a,a.1,a\\n1,2,3,4\\n')", csv("a,a,a.1,a\n1,2,3,4\n")),
    ("read('a;b;c\\n1.000,5;x;1.0\\n-2.500;y;2\\n', { sep: ';', thousands: '.', decimal: ',' })", csv("a;b;c\n1.000,5;x;1.0\n-2.500;y;2\n", sep=";", thousands=".", decimal=",")),
    ("read('a;b\\n1,000;1.5\\n2,500;2\\n', { sep: ';', thousands: ',' })", csv("a;b\n1,000;1.5\n2,500;2\n", sep=";", thousands=",")),
    ("read('a;b\\n1.5;x\\n', { sep: ';', decimal: ',' })", csv("a;b\n1.5;x\n", sep=";", decimal=",")),
    ("read('x\\n\\n\"q\\nr\"\\na,b\\n1,2\\n', { skiprows: 3 })", csv('x\n\n"q\nr"\na,b\n1,2\n', skiprows=3)),
    ("read('x\\r\\n\\r\\na,b\\r\\n1,2\\r\\n3,4\\r\\n', { skiprows: [0, 3] })", csv("x\r\n\r\na,b\r\n1,2\r\n3,4\r\n", skiprows=[0, 3])),
    ("read('a,b\\n1,2\\n3,4\\n5,6\\n', { skiprows: [1, 3] })", csv("a,b\n1,2\n3,4\n5,6\n", skiprows=[1, 3])),
    ("read('a,b\\n1,2\\n3,4\\n', { usecols: [1] })", csv("a,b\n1,2\n3,4\n", usecols=[1])),
    ("read('a,b\\n1,2\\n', { header: 0, names: ['x', 'y'] })", csv("a,b\n1,2\n", header=0, names=["x", "y"])),
    ("read('1,2\\n3,4\\n', { names: ['x', 'y', 'z'] })", csv("1,2\n3,4\n", names=["x", "y", "z"])),
    ("read('t\\na,b\\n\\n1,2\\n', { header: 1 })", csv("t\na,b\n\n1,2\n", header=1)),
    ("read('a, b\\n1, \"x, y\"\\n', { skipinitialspace: true })", csv('a, b\n1, "x, y"\n', skipinitialspace=True)),
    ("read(' a  b\\n1 \\t 2  \\n 3 \"x y\"\\n', { sep: '\\\\s+' })", csv(' a  b\n1 \t 2  \n 3 "x y"\n', sep="\\s+")),
    ("read('a,b\\n1,\\\\\"x\\n\"y\\\\\"z\",2\\n', { escapechar: '\\\\' })", csv('a,b\n1,\\"x\n"y\\"z",2\n', escapechar="\\")),
    ("read(\"a,b\\n'x,y',2\\n\", { quotechar: \"'\" })", csv("a,b\n'x,y',2\n", quotechar="'")),
    ("read('a,b\\n1,2\\n3\\n')", csv("a,b\n1,2\n3\n")),
    ("read('a\\n1.\\n.5\\n+1\\n-.5e-3\\n1E+2\\n 7 \\n')", csv("a\n1.\n.5\n+1\n-.5e-3\n1E+2\n 7 \n")),
    ("read('a,b,c\\n1e400,1e,-\\n')", csv("a,b,c\n1e400,1e,-\n")),
    ("read('a,b\\n18446744073709551615,18446744073709551615\\n1,-1\\n')", csv("a,b\n18446744073709551615,18446744073709551615\n1,-1\n")),
    ("read('a,b\\n9007199254740993,3000000000\\n-9223372036854775808,1\\n')", csv("a,b\n9007199254740993,3000000000\n-9223372036854775808,1\n")),
    ("read('a\\n1\\n\\n,\\n', { names: ['a', 'b'] })", csv("a\n1\n\n,\n", names=["a", "b"])),
    ("read('a,b\\nTrue,1\\n,0\\nFalse,1\\n')", csv("a,b\nTrue,1\n,0\nFalse,1\n")),
    ("read('a,b\\nyes,no\\nno,\\n', { true_values: ['yes'], false_values: ['no'] })", csv("a,b\nyes,no\nno,\n", true_values=["yes"], false_values=["no"])),
    ("read('a,b\\nx,x\\ny,y\\n', { na_values: { a: ['x'] } })", csv("a,b\nx,x\ny,y\n", na_values={"a": ["x"]})),
    ("read('a\\n1\\n-128\\n', { dtype: 'int8' }).to_numpy('a')", csv("a\n1\n-128\n", dtype="int8").a.to_numpy()),
    ("read('a,b,c\\n')", csv("a,b,c\n")),
    # The rest.
    ("orders.sort_values('amount', { na_position: 'first' })", orders.sort_values("amount", kind="stable", na_position="first")),
    ("orders.groupby('paid').agg('count')", by("paid", orders).agg("count")),
    ("orders.groupby('customer').agg('first')", by("customer", orders).agg("first")),
    ("orders.groupby('customer').agg('size')", by("customer", orders).size()),
    ("orders.drop(['note', 'ordered at', 'customer']).groupby('zip').agg('sum')", by("zip", orders.drop(columns=["note", "ordered at", "customer"])).agg("sum")),
    ("orders.groupby('customer').agg({ serial: 'sum' })", by("customer", orders).agg({"serial": "sum"})),
    ("lib.concat([orders.drop('serial').head(2), cities.drop('city')])", pd.concat([orders.drop(columns="serial").head(2), cities.drop(columns="city")])),
    ("lib.concat([iris.head(2), iris.tail(2)]).to_numpy('petal_width')", pd.concat([iris.head(2), iris.tail(2)]).petal_width.to_numpy()),
    ("lib.DataFrame({ a: ['\U0001f600', '\uff21', 'a', '\u00e9'] }).sort_values('a')", pd.DataFrame({"a": ["\U0001f600", "\uff21", "a", "\u00e9"]}).sort_values("a")),
    *promotions,
]


def cell(value):
    if value is None or value is pd.NaT or (isinstance(value, (float, np.floating)) and math.isnan(value)):
        return None
    if isinstance(value, (np.bool_, bool)):
        return bool(value)
    if isinstance(value, (np.integer, int)):
        return int(value) if abs(int(value)) <= 2**53 - 1 else f"{int(value)}n"
    if isinstance(value, (np.floating, float)):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, pd.Timestamp):
        return value.tz_convert("UTC").isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def plain(value):
    if isinstance(value, pd.DataFrame):
        return {"columns": [str(name) for name in value.columns], "rows": [[cell(one) for one in row] for row in value.itertuples(index=False)]}
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "shape": list(value.shape), "data": [cell(one) for one in value.ravel()]}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else cell(value)


print(json.dumps({"texts": TEXTS, "rows": [{"js": js, "value": plain(value)} for js, value in ROWS]}, ensure_ascii=False))
