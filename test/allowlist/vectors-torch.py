"""Works out with torch what its stand-in of the allowlist must give for the same expressions.

Run as `/usr/bin/python3 test/allowlist/vectors-torch.py > test/allowlist/vectors-torch.json`, with
Debian's python3-torch (1.13), then `npm run format`. The tests only read the JSON.

A row is one expression that both languages read, or a pair: what JavaScript says, and what Python
does. Arguments by name become a dict at the end.
"""

import json
import math
import re

import torch
import torch.nn.functional as F

pattern = lambda count, step=0.37, shift=-2.0: [round(math.sin(i * step * 3.1) * 3 + shift + i * 0.11, 4) for i in range(count)]
INPUTS = {
    "A": ("float32", [[0.5, -1.25, 3.0], [2.0, 0.0, -0.75]]),
    "B": ("float32", [[1.5, -2.0], [0.25, 4.0], [-3.5, 1.0]]),
    "V": ("float32", [0.25, -1.5, 2.0]),
    "H": ("float32", [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.26, -3.7]),
    "P": ("float32", [[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]]),
    "N": ("float32", ["nan", "inf", "-inf", 0.0, 1.5, -2.0]),
    "NN": ("float32", [[1.0, "nan", 3.0, "nan"], [2.0, "-inf", "inf", 0.0]]),
    "T": ("float32", [[1.0, 3.0, 3.0, 2.0, 1.0], [0.0, 0.0, 5.0, -1.0, 5.0]]),
    "D": ("float64", [[0.1, -1.3, 2.7], [1e-9, 4.0, 1e12]]),
    "I": ("int64", [[1, -2, 3], [4, 5, -6]]),
    "J": ("int64", [[2, 0, 1], [1, 1, 0]]),
    "BIG": ("int64", [9007199254740991, -9007199254740991, 3]),
    "I32": ("int32", [[7, -8, 9], [-10, 11, 3]]),
    "I8": ("int8", [100, -100, 7]),
    "I16": ("int16", [300, -300, 7]),
    "U": ("uint8", [[0, 128, 255], [3, 4, 5]]),
    "HF": ("float16", [0.1, -2.5, 65504.0]),
    "BF": ("bfloat16", [0.1, -2.5, 3e38]),
    "M": ("bool", [[True, False, True], [False, False, True]]),
    "MR": ("bool", [True, False, True]),
    "S": ("float32", 2.5),
    "SI": ("int64", 7),
    "SD": ("float64", 0.1),
    "E": ("float32", []),
    "C": ("float32", [[pattern(4, 0.2 + 0.1 * (3 * i + j)) for j in range(3)] for i in range(2)]),
    "X": ("float32", [[[pattern(6, 0.15 + 0.05 * (5 * c + r)) for r in range(5)] for c in range(2)]]),
    "XU": ("uint8", [[[[0, 50, 255], [10, 20, 200], [255, 0, 128], [7, 8, 9]]]]),
    "K": ("float32", [[[pattern(3, 0.3 + 0.1 * (4 * k + c + r)) for r in range(3)] for c in range(2)] for k in range(4)]),
    "KG": ("float32", [[[pattern(2, 0.3 + 0.1 * (4 * k + r)) for r in range(2)]] for k in range(4)]),
    "BOXES": ("float32", [[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [21, 21, 31, 29], [0, 0, 10, 10.5], [50, 50, 60, 60]]),
    "SCORES": ("float32", [0.9, 0.8, 0.7, 0.95, 0.9, 0.1]),
    "GROUPS": ("int64", [0, 1, 0, 0, 0, 0]),
}
NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
word = lambda value: [word(one) for one in value] if isinstance(value, list) else NUMBERS.get(value, value) if isinstance(value, str) else value
TENSORS = {name: torch.tensor(word(value), dtype=getattr(torch, dtype)) for name, (dtype, value) in INPUTS.items()}


def iou(one, other):
    wide = max(min(one[2], other[2]) - max(one[0], other[0]), 0)
    high = max(min(one[3], other[3]) - max(one[1], other[1]), 0)
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return wide * high / (area(one) + area(other) - wide * high)


class ops:
    """What torchvision.ops says of these, written down from its documentation."""

    def nms(boxes, scores, threshold, groups=None):
        order = sorted(range(len(boxes)), key=lambda i: (-scores[i].item(), i))
        kept = []
        for i in order:
            rivals = [j for j in kept if groups is None or groups[i] == groups[j]]
            if all(iou(boxes[i].tolist(), boxes[j].tolist()) <= threshold for j in rivals):
                kept.append(i)
        return torch.tensor(kept)

    batched_nms = lambda boxes, scores, groups, threshold: ops.nms(boxes, scores, threshold, groups)
    box_iou = lambda boxes, others: torch.tensor([[iou(one, other) for other in others.tolist()] for one in boxes.tolist()])
    box_area = lambda boxes: (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


FRACTIONS = "exp exp2 expm1 log log1p log2 log10 sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh erf erfc sigmoid deg2rad rad2deg".split()
KEEPING = "abs absolute sign square floor ceil trunc fix neg negative".split()
COMPARISONS = "eq ne not_equal lt less le less_equal gt greater ge greater_equal".split()
ROWS = [
    *(f"torch.{name}({x})" for name in FRACTIONS for x in ["A", "N"]),
    *(f"torch.{name}({x})" for name in ["exp", "log1p", "sigmoid", "erf", "erfc", "tanh", "sqrt"] for x in ["D", "I", "M", "U"]),
    *(f"{x}.{name}()" for name in KEEPING for x in ["H", "N", "I"]),
    "A.relu()", "I.relu()", "N.relu()", "H.frac()", "torch.abs(U)", "I8.float().abs()", "torch.square(U.int())",
    *(f"{x}.round()" for x in ["H", "N", "I", "D"]), "D.round(decimals=1)", "torch.round(H, decimals=1)", "torch.round(H.mul(100), decimals=-2)",
    *(f"torch.{name}({x})" for name in ["isnan", "isinf", "isfinite", "logical_not"] for x in ["N", "I", "M"]),
    *(f"A.{name}({y})" for name in COMPARISONS for y in ["V", "0.5", "I"]),
    *(f"A.{name}({y})" for name in ["add", "sub", "mul", "div", "maximum", "minimum"] for y in ["V", "I", "D", "S", "SD", "U", "A.t().contiguous().view(2, 3)"]),
    "I.add(1)", "I.add(0.5)", "I.mul(2)", "I.div(2)", "I.sub(J)", "I.add(J, alpha=2)", "A.sub(V, alpha=0.5)", "torch.subtract(A, V)",
    "U.add(I8.view(1, 3))", "I32.add(I)", "I16.add(I8)", "I8.view(1, 3).add(U)", "M.add(M)", "M.mul(M)", "M.add(1)", "M.mul(0.5)", "M.add(I)", "M.eq(true)",
    "SI.add(I32)", "SI.add(A)", "S.add(I)", "SD.add(A)", "SD.mul(I)", "S.add(SD)", "HF.add(BF)", "HF.float().add(1)", "BF.add(HF)", "BF.float()", "BF.mul(3)", "HF.add(I)", "A.eq(0.1)", "torch.tensor([0.1, 0.2]).eq(0.1)", "D.eq(0.1)",
    "torch.multiply(A, V)", "torch.divide(A, V)", "torch.true_divide(I, J.add(1))", "A.pow(2)", "A.abs().pow(V)", "I.pow(2)", "D.abs().pow(0.5)", "A.div(0)", "I.div(0)", "D.mul(0.1)", "D.masked_fill(M.eq(false), 0.1)", ("D.where(M, 0.1)", "torch.where(M, D, torch.tensor(0.1, dtype=torch.float64))"), "torch.pow(2, I.abs())", "torch.pow(0.1, D.clamp(0, 2))", "torch.pow(2, A)", "U.div(torch.tensor(-4, dtype=torch.int64))", ("U.gt(300)", "U.int().gt(300)"), ("U.ne(-1)", "U.int().ne(-1)"), ("U.minimum(300)", "U"), ("torch.sub(1, I)", "1 - I"), ("torch.mul(0.5, I)", "0.5 * I"), ("torch.add(0.1, D)", "0.1 + D"),
    "A.div(V, rounding_mode='floor')", "A.div(V, rounding_mode='trunc')", "I.div(2, rounding_mode='floor')", "I.div(4, rounding_mode='trunc')", "I.floor_divide(2)", "A.floor_divide(0.75)",
    "I.remainder(4)", "A.remainder(0.75)", "A.remainder(-0.75)", "A.fmod(0.75)", "I.fmod(4)", "I.remainder(-4)", "N.remainder(2)",
    "torch.atan2(A, V)", "torch.atan2(I, J)", "torch.hypot(A, V)", "A.lerp(A.neg(), 0.25)", "A.logical_and(M)", "A.logical_or(M)", "A.logical_xor(M)", "I.logical_and(J)",
    "I.bitwise_and(3)", "I.bitwise_or(J)", "I.bitwise_xor(J)", "M.bitwise_not()", "I.bitwise_not()", "U.bitwise_not()", "M.bitwise_and(MR)",
    "A.clamp(-1, 1)", "A.clamp(min=0)", "A.clamp(max=0.5)", "A.clip(0, 1)", "N.clamp(-1, 1)", "I.clamp(0, 3)", "I.clamp(min=0.5)", "A.clamp(V.abs().neg(), V.abs())", "A.clamp(2, 1)", "U.clamp(4, 200)",
    "torch.where(M, A, A.neg())", "torch.where(MR, A, 0)", "torch.where(M, A, D)", "torch.where(M, I, -1)", "A.where(M, A.mul(10))", "torch.where(M)", "torch.where(M, 1.5, 0.5)",
    "A.masked_fill(M, 0)", "I.masked_fill(M, 9)", "A.masked_fill(MR, -torch.inf)", "A.masked_fill(M, S)", "A.masked_fill(torch.tensor([[true], [false]]), 5)",
    "torch.nan_to_num(N)", "torch.nan_to_num(N, 1.0, 2.0, -3.0)", "torch.nan_to_num(N.double(), nan=0.5)", "torch.isclose(A, A.add(1e-7))", "torch.isclose(N, N)", "torch.isclose(N, N, equal_nan=true)",
    "torch.allclose(A, A.add(1e-9))", "torch.allclose(A, A.add(0.1))", "A.equal(A.clone())", "torch.equal(A, A.add(1))", "torch.equal(A, V)", "A.numel()", "torch.numel(I)", "torch.is_floating_point(I)", "A.is_floating_point()", "torch.is_tensor(A)", "torch.is_tensor(3)",
    # Reductions
    *(f"{x}.{name}({rest})" for name in ["sum", "mean", "std", "var", "prod", "logsumexp", "amax", "amin", "norm"] for x in ["A"] for rest in ["dim=0", "dim=-1", "dim=1, keepdim=true"]),
    *(f"C.{name}(dim={dim})" for name in ["sum", "mean", "std", "var", "amax", "amin"] for dim in ["[0, 2]", "[-1, 0]", "1"]), "C.logsumexp([0, 1], keepdim=true)",
    "A.sum()", "I.sum()", "M.sum()", "U.sum()", "U.sum(0)", "I.prod()", "A.mean()", "D.mean()", "A.prod()", "HF.sum()", "A.sum(dtype=torch.float64)", "I.sum(0, dtype=torch.int32)", "I.mean(dtype=torch.float32)", "S.sum()", "S.sum(0)", "A.sum([])", "A.mean(axis=1)",
    "E.sum()", "E.prod()", "E.mean()", "E.std()", "E.all()", "E.any()", "E.norm()", "torch.zeros(2, 0).sum(1)", "torch.zeros(0, 2).sum(1)", "torch.zeros(0, 2).argmax(1)", "torch.zeros(2, 0).logsumexp(1)", "torch.zeros(0, 3).softmax(0)", "torch.zeros(0, 3).max(1)", "torch.zeros(0, 3).std(0)", "torch.zeros(0, 3).any(0)", "torch.zeros(0, 3).norm(dim=0)", "torch.zeros(0, 3).norm(torch.inf)", "torch.zeros(0, 3).cumsum(0)", "S.cumsum(0)", "torch.cdist(torch.zeros(0, 3), A)", "torch.cdist(torch.zeros(2, 0), torch.zeros(2, 0))", "F.normalize(torch.zeros(0, 3))", "F.interpolate(X.narrow(0, 0, 0), [3, 3])", "F.max_pool2d(X.narrow(0, 0, 0), 2)",
    "A.std()", "A.std(false)", "A.var(1, false)", "A.std(1, true, true)", "A.var(dim=1, unbiased=false)", "D.std(dim=0)", "S.var()", "torch.var(A, dim=1, correction=0)", "V.view(3, 1).std(1)",
    "M.all()", "M.any()", "M.all(0)", "M.any(1, keepdim=true)", "U.all(1)", "A.any()", "N.all()", "torch.count_nonzero(A)", "torch.count_nonzero(A, 1)", "torch.count_nonzero(M, dim=0)",
    *(f"A.norm({rest})" for rest in ["", "1", "p='fro'", "torch.inf, 1", "-torch.inf, 1", "0, 1", "3, dim=1, keepdim=true", "dim=[0, 1]", "p=0.5, dim=0"]), "D.norm(dim=1)",
    "torch.linalg.norm(A)", "torch.linalg.norm(A, dim=1, keepdim=true)", "torch.linalg.norm(V, 1)", "torch.linalg.vector_norm(V, 3)", "torch.linalg.norm(A, 1, 1)",
    "A.max()", "A.min()", "N.max()", "N.min()", "I.max()", "U.min()", "M.max()", "A.max(1)", "A.min(0)", "A.max(1, keepdim=true)", "T.max(1)", "T.min(1)", "NN.max(1)", "NN.min(1)", "A.max(V)", "torch.max(A, V)", "torch.min(A, 0)", "torch.max(A, 1)[1]", "torch.max(A, dim=-1).values", "torch.min(I, 1).indices", "S.max(0)",
    "A.argmax()", "A.argmin()", "A.argmax(1)", "A.argmin(dim=0, keepdim=true)", "T.argmax(1)", "T.argmin(-1)", "NN.argmax(1)", "NN.argmin(1)", "I.argmax(-1)", "S.argmax()", "C.argmax(1)", "A.argmax(1).tolist()", "N.amax(0)", "N.amin(0)",
    "A.median()", "V.median()", "C.median(2)", "NN.median()", "A.median(1, keepdim=true).values", "I.median()",
    "A.quantile(0.5)", "A.quantile(0.3, 1)", "A.quantile(torch.tensor([0.1, 0.9]), dim=1)", "A.quantile(torch.tensor([0.25, 0.5]), dim=0, keepdim=true)", "D.quantile(0.25)", "NN.quantile(0.5, 1)",
    *(f"V.quantile(0.{q}, interpolation='{how}')" for q in [3, 7] for how in ["linear", "lower", "higher", "nearest", "midpoint"]), "torch.arange(4.0).quantile(0.5, interpolation='nearest')",
    "torch.softmax(A, 1)", "A.softmax(0)", "A.softmax(dim=-1)", "torch.softmax(C, 1)", "torch.softmax(D, 1)", "F.softmax(A, dim=1)", "torch.softmax(N, 0)", "torch.softmax(torch.tensor([1000.0, 999.0]), 0)", "torch.softmax(I, 1, dtype=torch.float32)", "S.softmax(0)", "torch.softmax(torch.tensor([-torch.inf, 1.0]), 0)", "torch.softmax(HF.float(), 0)",
    "torch.log_softmax(A, 1)", "A.log_softmax(dim=0)", "F.log_softmax(C, 2)", "torch.log_softmax(torch.tensor([1000.0, 0.0]), 0)", "D.log_softmax(1)", "F.softmin(A, dim=1)",
    "A.cumsum(0)", "A.cumsum(1)", "I.cumsum(-1)", "M.cumsum(1)", "C.cumsum(1)", "A.cumprod(1)", "I.cumprod(0)", "A.cumsum(1, dtype=torch.float64)", "U.cumsum(0)",
    # Shapes
    "A.reshape(3, 2)", "A.reshape([3, -1])", "A.view(-1)", "torch.reshape(A, [6])", "I.view(1, 2, 3)", "A.t()", "A.T", "V.t()", "C.mT", "C.transpose(0, 2)", "C.transpose(-1, 1)", "torch.transpose(U, 0, 1)", "C.swapaxes(0, 1)", "C.permute(2, 0, 1)", "torch.permute(C, [1, 2, 0])", "C.permute(-1, 0, 1)", "M.t()", "BIG.view(3, 1).t()",
    "C.permute(2, 0, 1).reshape(4, 6)", "C.transpose(0, 1)[1]", "C.permute(2, 1, 0).sum(1)", "C.transpose(0, 2).narrow(0, 1, 2)", "A.unsqueeze(0)", "A.unsqueeze(-1)", "torch.unsqueeze(V, 1)", "A.unsqueeze(1).squeeze()", "A.unsqueeze(0).squeeze(0)", "A.squeeze(0)", "S.squeeze()", "S.unsqueeze(0)", "S.squeeze(0)",
    "C.flatten()", "C.flatten(1)", "C.flatten(start_dim=0, end_dim=1)", "S.flatten()", "C.unflatten(2, [2, 2])", "torch.ravel(A)", "C.movedim(0, -1)", "C.movedim([0, 1], [2, 0])", "torch.movedim(X, 1, 3)", "A.narrow(1, 1, 2)", "C.narrow(0, 1, 1)", "A.narrow(1, -2, 1)", "A.select(1, -1)", "A.select(0, 1)", "A[1]", "A[1][2]", "C[0]", "I[0]", ("[...A]", "[*A]"), "A.unbind(1)", "torch.unbind(C, 0)",
    "V.expand(2, 3)", "V.view(3, 1).expand(-1, 2)", "V.expand([2, -1])", "torch.broadcast_to(V, [2, 3])", "A.repeat(2, 2)", "V.repeat(2)", "A.repeat(2, 1, 1)", "V.tile(2)", "A.tile([2])", "C.tile([2, 1])", "A.flip(1)", "A.flip([0, 1])", "torch.flip(C, [-1])", "V.roll(1)", "A.roll(1, 1)", "A.roll(2)", "A.roll([1, -1], [0, 1])", "C.roll(-1, dims=0)",
    "A.diagonal()", "A.diagonal(1)", "C.diagonal(0, 1, 2)", "C.diagonal(-1, 0, 2)", "A.diagonal(5)", "V.diag()", "A.diag()", "V.diag(1)", "V.diag(-2)", "A.diag(-1)", "A.tril()", "A.triu()", "C.tril(1)", "C.triu(-1)", "I.triu(1)", "M.tril()",
    "V.repeat_interleave(2)", "A.repeat_interleave(2, dim=0)", "V.repeat_interleave(torch.tensor([0, 2, 1], dtype=torch.int64))", "A.repeat_interleave(torch.tensor([1, 2, 0], dtype=torch.int64), 1)", "A.view_as(B)", "A.reshape_as(B)", "V.expand_as(A)",
    "torch.cat([A, A])", "torch.cat([A, A.neg()], 1)", "torch.cat([C, C], dim=-1)", "torch.cat([A, I])", "torch.cat([E, V])", "torch.cat([I32, U])", "torch.concat([V, V])", ("torch.concatenate([A, A], 0)", "torch.cat([A, A], 0)"), "torch.stack([V, V.neg()])", "torch.stack([V, V.neg()], 1)", "torch.stack([A, A], -1)", "torch.stack([S, S])", "torch.stack([E, E])", "torch.vstack([V, V])", "torch.vstack([A, V])", "torch.hstack([V, V])", "torch.hstack([A, A])", "torch.cat([D, A])",
    "A.split(2, 1)", "torch.split(C, [1, 3], dim=2)", "V.split(2)", "E.split(2)", "torch.split(A, 1)", "V.chunk(2)", "C.chunk(3, dim=2)", "torch.chunk(T, 4, 1)", "torch.meshgrid([V, torch.arange(2.0)], indexing='ij')", "torch.meshgrid([V, torch.arange(2.0)], indexing='xy')", ("torch.cartesian_prod([V, V])", "torch.cartesian_prod(V, V)"), ("torch.broadcast_tensors([V, S])", "torch.broadcast_tensors(V, S)"),
    "C.T", "torch.zeros(0, 3).chunk(2)", "torch.zeros(0, 3).unbind()", "torch.zeros(0, 3).permute(1, 0)", "torch.cat([torch.zeros(0, 3), A])", "torch.stack([torch.zeros(0, 3), torch.zeros(0, 3)])", "S.flip(0)", "S.roll(1)", "S.repeat(2, 2)", "S.expand(2)",
    # Picks
    "S.gather(0, torch.tensor([0], dtype=torch.int64))", "SI.index_select(0, torch.tensor([0], dtype=torch.int64))", "A.index_select(0, torch.tensor(1, dtype=torch.int64))", "torch.zeros(0, 3).gather(0, torch.zeros(0, 3, dtype=torch.int64))", "torch.zeros(0, 3).nonzero()", "torch.zeros(0, 3).masked_select(torch.zeros(0, 3).bool())", "torch.bincount(torch.zeros(0, dtype=torch.int64))", "E.topk(0)", "torch.zeros(0, 3).sort(0)", "E.median()", "F.one_hot(torch.zeros(0, dtype=torch.int64), 3)",
    "A.gather(1, J)", "torch.gather(A, 0, torch.tensor([[0, 1, 1]], dtype=torch.int64))", "torch.gather(C, 2, torch.tensor([[[3, 0]], [[1, 1]]], dtype=torch.int64))", "A.gather(dim=-1, index=J)", "V.gather(0, torch.tensor([2, 2, 0, 1], dtype=torch.int64))", "torch.zeros(2, 3).scatter(1, J.narrow(1, 0, 2), A.narrow(1, 0, 2))", "torch.zeros(2, 4).scatter(1, torch.tensor([[1], [3]], dtype=torch.int64), 1.0)", "torch.zeros(2, 3).scatter_add(1, torch.tensor([[1, 1], [0, 1]], dtype=torch.int64), A)", "V.scatter(0, torch.tensor([0, 0], dtype=torch.int64), 7.5)",
    "A.index_select(1, torch.tensor([2, 0, 2], dtype=torch.int64))", "torch.index_select(C, 0, torch.tensor([1], dtype=torch.int64))", "C.index_select(-2, torch.tensor([2, 1], dtype=torch.int32))", "A.take(torch.tensor([[0, 5], [-1, 2]], dtype=torch.int64))", "A.take_along_dim(J, dim=1)", "A.masked_select(M)", "A.masked_select(MR)", "V.masked_select(M)", "I.masked_select(I.gt(0))", "torch.nonzero(M)", "A.nonzero()", "torch.nonzero(C.gt(0))", "torch.nonzero(M, as_tuple=true)", "torch.argwhere(M)", "S.nonzero()",
    "torch.bincount(torch.tensor([0, 3, 3, 1], dtype=torch.int64))", "torch.bincount(torch.tensor([0, 2], dtype=torch.int64), minlength=5)", "torch.bincount(torch.tensor([0, 2, 2], dtype=torch.int64), V)", "torch.bincount(torch.tensor([1, 1], dtype=torch.int64), weights=torch.tensor([0.5, 2.0], dtype=torch.float64), minlength=3)",
    "A.topk(2)", "A.topk(1, 0)", "A.topk(2, dim=1, largest=false)", "C.topk(3)", "NN.topk(3)", "I.topk(2, 1)", "torch.topk(A, 2)[0]", "torch.topk(torch.arange(50.0).sin(), 40)", "torch.topk(A, 2).indices.tolist()", "A.topk(0)", "NN.topk(2, largest=false)", "S.topk(1)",
    "A.sort()", "A.sort(0)", "A.sort(descending=true)", "T.sort(dim=1, stable=true)", "T.sort(dim=1, stable=true, descending=true)", "NN.sort(dim=1, descending=true, stable=true)", "NN.sort(dim=1, stable=true)", "A.argsort()", "C.argsort(1)", "torch.argsort(V, descending=true)", "U.sort(1)", "torch.msort(A)", "C.kthvalue(2)", "A.kthvalue(1, 0)", "C.kthvalue(3, dim=1, keepdim=true)", "BIG.sort()",
    "torch.unique(T)", "T.unique(return_counts=true)", "torch.unique(T, return_inverse=true)", "torch.unique(J, return_inverse=true, return_counts=true)", "M.unique()", "E.unique()",
    # Products
    "A.matmul(B)", "torch.matmul(V, V)", "A.matmul(V)", "V.matmul(B)", "C.matmul(torch.ones(4, 2))", "torch.matmul(C, C.transpose(1, 2))", "torch.matmul(C.unsqueeze(1), C.transpose(1, 2))", "I.matmul(J.t())", "A.mm(B)", "C.bmm(C.transpose(1, 2))", "A.mv(V)", "V.dot(V)", "torch.outer(V, V)", "D.matmul(D.t())", "torch.trace(B.matmul(A))", "I.trace()", "torch.zeros(2, 0).matmul(torch.zeros(0, 3))", "torch.zeros(0, 3).matmul(B)",
    *(f"torch.cdist(A, A.flip(1), p={p})" for p in ["2", "1", "torch.inf", "3"]), "torch.cdist(C, C.add(1))", "torch.cdist(D, D.add(1))", "torch.cdist(A, V.view(1, 3))",
    *(f"torch.einsum('{text}', {rest})" for text, rest in [("ij,jk->ik", "A, B"), ("ij,jk", "A, B"), ("bij,bkj->bik", "C, C"), ("ij->", "A"), ("ij->ji", "A"), ("ii->i", "A.matmul(B)"), ("ii", "A.matmul(B)"), ("i,j->ij", "V, V"), ("i,i->", "V, V"), ("ij,ij->i", "A, A"), ("...ij,kj->...ik", "C, C.select(0, 0)"), ("bij,j->bi", "C, C.select(0, 0).select(0, 0)"), ("ij,jk,kl->il", "A, B, A"), ("ba", "A"), ("...->...", "A"), ("b...,b...->b", "C, C"), ("ij,k->ij", "A, V")]),
    # Functional
    *(f"F.{name}({x})" for name in ["relu", "sigmoid", "tanh", "gelu", "silu", "mish", "leaky_relu", "elu", "selu", "relu6", "hardtanh", "hardsigmoid", "hardswish", "softplus", "softsign", "logsigmoid"] for x in ["A", "H", "D"]),
    "F.gelu(A, approximate='tanh')", "F.leaky_relu(A, 0.3)", "F.elu(A, alpha=0.5)", "F.hardtanh(A, -0.5, 0.5)", "F.softplus(A, beta=2, threshold=3)", "F.glu(C)", "F.glu(A.t().contiguous().view(2, 3), 0)", "F.gelu(N)", "F.logsigmoid(torch.tensor([-200.0, 200.0]))", "F.softplus(torch.tensor([-200.0, 200.0]))", "torch.sigmoid(torch.tensor([-200.0, 200.0]))",
    "F.one_hot(J)", "F.one_hot(J, 5)", "F.one_hot(torch.tensor([0, 2], dtype=torch.int64), num_classes=3)", "F.embedding(J, B)", "F.linear(A, B.t())", "F.linear(A, B.t(), torch.tensor([1.0, -1.0]))",
    "F.layer_norm(A, [3])", "F.layer_norm(C, [3, 4])", "F.layer_norm(A, [3], V, V, 1e-3)", "F.layer_norm(C, [4], eps=0.1)", "F.batch_norm(X, torch.tensor([0.5, -1.0]), torch.tensor([2.0, 0.25]))", "F.batch_norm(A, V, V.abs(), V, V.neg())", "F.batch_norm(A, V, V.abs(), eps=0.1)",
    "torch.cosine_similarity(A, A.flip(1))", "torch.pairwise_distance(A, A.flip(0))", "F.normalize(A)", "F.normalize(A, dim=0)", "F.normalize(A, p=1, dim=1)", "F.normalize(torch.zeros(2, 3))", "F.normalize(C, dim=-1)", "F.cosine_similarity(A, A.flip(1))", "F.cosine_similarity(A, V, dim=-1)", "F.cosine_similarity(V, V.neg(), dim=0)", "F.cosine_similarity(torch.zeros(1, 3), torch.ones(1, 3))", "F.cosine_similarity(C, C.flip(0), dim=1)", "F.pairwise_distance(A, A.flip(0))", "F.pairwise_distance(A, V, p=1, keepdim=true)",
    *(f"F.cross_entropy(A, torch.tensor([2, 0], dtype=torch.int64){rest})" for rest in ["", ", reduction='sum'", ", reduction='none'", ", weight=V.abs()", ", ignore_index=2"]), "F.cross_entropy(A, P)", "F.cross_entropy(A, P, reduction='none')", "F.cross_entropy(A, P, reduction='sum')", "F.cross_entropy(C, torch.tensor([[0, 1, 2, 0], [1, 1, 0, 2]], dtype=torch.int64))", "F.cross_entropy(V, torch.tensor(1, dtype=torch.int64))", "F.nll_loss(A.log_softmax(1), torch.tensor([1, 1], dtype=torch.int64))", "F.nll_loss(A.log_softmax(1), torch.tensor([1, 2], dtype=torch.int64), weight=V.abs(), reduction='none')",
    *(f"F.{name}(A, A.flip(0){rest})" for name in ["mse_loss", "l1_loss", "smooth_l1_loss"] for rest in ["", ", reduction='none'", ", reduction='sum'"]), "F.smooth_l1_loss(A, A.flip(0), beta=2.0)", "F.binary_cross_entropy(P, P.round())", "F.binary_cross_entropy(P.round(), P, reduction='none')", "F.binary_cross_entropy(P, P, V.abs())", "F.binary_cross_entropy_with_logits(A, P)", "F.binary_cross_entropy_with_logits(A.mul(100), P, reduction='none')", "F.kl_div(P.log(), P.flip(0))", "F.kl_div(P.log(), P.flip(0), reduction='batchmean')", "F.kl_div(P.log(), P.round(), reduction='sum')",
    # Images
    "F.pad(A, [1, 2])", "F.pad(A, [1, 0, 0, 2], value=9.5)", "F.pad(A, [-1, 1])", "F.pad(U, [1, 1], value=7)", "F.pad(X, [2, 1, 1, 2], mode='reflect')", "F.pad(X, [1, 1, 2, 0], mode='replicate')", "F.pad(X, [1, 2, 3, 1], mode='circular')", "F.pad(X, [0, 0, 0, 0, 1, 1])", "F.pad(M, [1, 1], 'constant', 1)", "F.pad(A, [1, 1], mode='reflect')", "F.pad(X, [-1, 1, 1, -1], mode='replicate')",
    *(f"F.max_pool2d(X, {rest})" for rest in ["2", "[2, 3]", "3, stride=1", "3, 2, 1", "kernel_size=3, stride=[1, 2], padding=[0, 1]"]), *(f"F.avg_pool2d(X, {rest})" for rest in ["2", "[2, 3]", "3, 2, 1", "2, stride=1"]), "F.max_pool2d(X[0], 2)", "F.adaptive_avg_pool2d(X, [1, 1])", "F.adaptive_avg_pool2d(X, 2)", "F.adaptive_avg_pool2d(X, [3, 4])", "F.max_pool2d(NN.view(1, 1, 2, 4), 2)",
    *(f"F.conv2d(X, K{rest})" for rest in ["", ", stride=2", ", padding=1", ", stride=[1, 2], padding=[2, 1]", ", dilation=2", ", bias=torch.tensor([1.0, -1.0, 0.5, 0.0])"]), "F.conv2d(X, KG, groups=2)", "F.conv2d(X[0], K)", "F.conv2d(X.double(), K.double(), padding=1)",
    *(f"F.interpolate(X, {rest})" for rest in ["[3, 4]", "size=7", "scale_factor=2", "scale_factor=0.5", "scale_factor=[1.5, 0.7]", "[10, 12], mode='nearest-exact'", "[3, 4], mode='nearest-exact'", "[3, 4], mode='area'", "scale_factor=1.7, mode='nearest'", "scale_factor=2.13", "scale_factor=1.05, mode='bilinear', align_corners=false", "scale_factor=1.05", "scale_factor=1.05, mode='nearest-exact'"]),
    *(f"F.interpolate(X, {rest}, mode='{mode}', align_corners={corners})" for mode in ["bilinear", "bicubic"] for corners in ["true", "false"] for rest in ["[3, 4]", "[8, 9]", "[1, 1]", "scale_factor=1.5", "scale_factor=0.6"]),
    *(f"F.interpolate(X, [{size}], mode='{mode}', align_corners={corners}, antialias=true)" for mode in ["bilinear", "bicubic"] for size in ["2, 3", "7, 4"] for corners in ["false"]), "F.interpolate(X, scale_factor=1.7, mode='bilinear', recompute_scale_factor=true, align_corners=false)",
    "F.interpolate(C, 7, mode='linear', align_corners=false)", "F.interpolate(C, 7, mode='linear', align_corners=true)", "F.interpolate(C, 6)", "F.interpolate(X.unsqueeze(2), [2, 3, 4], mode='trilinear', align_corners=false)", "F.interpolate(X.double(), [3, 4], mode='bilinear', align_corners=false)", "F.interpolate(X.narrow(1, 0, 1), scale_factor=2.13)", "F.interpolate(X.narrow(1, 0, 1), scale_factor=1.1)", "F.interpolate(XU, [2, 2])", "F.interpolate(XU, [7, 5], mode='nearest-exact')", ("F.interpolate(XU, [7, 5], { mode: 'bilinear' })", "F.interpolate(XU.float(), [7, 5], mode='bilinear')"),
    # Boxes
    *(f"torch.ops.nms(BOXES, SCORES, {most})" for most in ["0.5", "0.9", "0.0"]), "torch.ops.batched_nms(BOXES, SCORES, GROUPS, 0.5)", "torch.ops.box_iou(BOXES, BOXES.narrow(0, 0, 3))", "torch.ops.box_area(BOXES)", ("torch.ops.nms(torch.zeros(0, 4), torch.zeros(0), 0.5)", "torch.zeros(0, dtype=torch.int64)"),
    ("torch.ops.box_convert([[1, 2, 4, 8]], 'xyxy', 'xywh')", "torch.tensor([[1.0, 2, 3, 6]])"), ("torch.ops.box_convert([[1, 2, 4, 8]], 'xyxy', 'cxcywh')", "torch.tensor([[2.5, 5, 3, 6]])"), ("torch.ops.box_convert([[4, 5, 2, 6]], 'cxcywh', 'xyxy')", "torch.tensor([[3.0, 2, 5, 8]])"), ("torch.ops.box_convert([[4, 5, 2, 6]], 'xywh', 'cxcywh')", "torch.tensor([[5.0, 8, 2, 6]])"),
    # Makers, dtypes, and ways out
    "torch.zeros(2, 3)", "torch.zeros([2, 3])", "torch.zeros(2, dtype=torch.int64)", "torch.ones(2, 1, dtype=torch.bool)", "torch.ones([])", "torch.full([2], 1.5)", "torch.full([2, 2], 7, dtype=torch.int32)", "torch.full([2], true)", "torch.zeros_like(I)", "torch.ones_like(A, dtype=torch.float64)", "torch.full_like(U, 9)", "torch.empty_like(A).mul(0)", "torch.empty(0, 3)", "torch.zeros(2, device='cpu')",
    "torch.arange(5)", "torch.arange(1, 4)", "torch.arange(1, 8, 3)", "torch.arange(5, 0, -2)", "torch.arange(0.5, 2)", "torch.arange(0, 1, 0.1)", "torch.arange(3, dtype=torch.float32)", "torch.arange(0)", "torch.arange(2.5)", "torch.arange(1, 4, dtype=torch.float64)", "torch.arange(0, 2.5, dtype=torch.int64)", "torch.arange(5, 0, -1.5, dtype=torch.int64)", "torch.linspace(0, 1, 5)", "torch.linspace(-2, 3, steps=4, dtype=torch.float64)", "torch.linspace(3, 5, 1)", "torch.linspace(0, 10, 7)", "torch.eye(2)", "torch.eye(2, 3, dtype=torch.int64)",
    "torch.tensor([[1.0, 2.5]])", "torch.tensor([1, 2], dtype=torch.int64)", "torch.tensor(3.5)", "torch.tensor([true, false])", "torch.tensor([])", "torch.tensor([[], []])", "torch.tensor([1.7, -1.7], dtype=torch.int64)", "torch.tensor([0.1], dtype=torch.float64)", "torch.tensor([0.1, 2.0], dtype=torch.float16)", "torch.tensor([0.1, 2.0], dtype=torch.bfloat16)", "torch.tensor([0.0, 2.0], dtype=torch.bool)", "torch.tensor([S, S])", "torch.as_tensor(A)", "torch.asarray([1.5])", "torch.tensor([1.5, 2.5], dtype=torch.float)", "torch.tensor([3], dtype=torch.long)", "torch.tensor([3], dtype=torch.short)",
    *(f"A.{name}()" for name in ["double", "float", "half", "bfloat16", "long", "int", "short", "char", "bool"]), "U.byte()", "I.abs().byte()", "D.float()", "SD.half()", "M.float()", "M.long()", "HF.narrow(0, 0, 2).long()", "A.to(torch.float64)", "A.to(D)", "I.to('cpu')", "A.to('cpu', torch.int32)", "A.type(torch.int32)", "A.type_as(I)", "BIG.add(0)", "BIG.tolist()", "N.bool()",
    "A.tolist()", "I.tolist()", "M.tolist()", "S.item()", "SI.item()", "M[0][0].item()", "SD.item()", "S.tolist()", "A.size()", "A.size(-1)", "A.dim()", "A.ndim", "A.shape", "C.detach().cpu().contiguous()", "A.clone()", "V.sum().item()", "A.max().item()", ("torch.device('cpu')", "'cpu'"), ("torch.cuda.is_available()", "False"), "torch.finfo(torch.float32).max", "torch.finfo(torch.float16).min", "torch.finfo(torch.float64).eps", "torch.finfo(torch.bfloat16).max", "torch.finfo(torch.bfloat16).eps", "torch.finfo(torch.float16).tiny", "torch.finfo(torch.float64).tiny", "torch.iinfo(torch.int32).max", "torch.iinfo(torch.uint8).min", "torch.iinfo(torch.int8).min", "torch.pi", "torch.e", "torch.inf",
    ("torch.no_grad(() => A.add(1))", "A.add(1)"), ("torch.inference_mode(() => A.add(1))", "A.add(1)"), ("C.transpose(0, 2).numpy()", "C.transpose(0, 2)"), ("torch.ones(2).to({ dtype: torch.int64, device: 'cpu' })", "torch.ones(2).to(dtype=torch.int64, device='cpu')"), ("torch.from_numpy(Float64Array.of(0.1))", "torch.tensor([0.1], dtype=torch.float64)"), ("torch.tensor([1n, 2n])", "torch.tensor([1, 2])"), ("A.add([1, 2, 3])", "A.add(torch.tensor([1.0, 2, 3]))"), ("torch.add([1, 2], 1)", "torch.tensor([2.0, 3])"), ("torch.where(M, 1, 0)", "torch.where(M, 1.0, 0.0)"), ("torch.argmax([[0.1, 0.9], [0.8, 0.2]], { axis: 1 })", "torch.tensor([1, 0])"),
]
# Chance: the same seed gives the same numbers.
ROWS += [(f"(torch.manual_seed({seed}), {js})", f"[torch.manual_seed({seed}), {py or js}][1]") for seed, js, py in [
    (0, "torch.rand(3)", None), (7, "torch.rand(2, 400)[1]", None), (1, "torch.randn(5)", None), (2, "torch.randn(16)", None), (3, "torch.randn(4, 5)", None), (4, "torch.randint(0, 10, [6])", None), (4, "torch.randint(5, [6])", None), (5, "torch.randperm(8)", None), (6, "torch.rand_like(A)", None), (9, "torch.randn_like(A)", None),
    (8, "torch.rand(3, { dtype: torch.float64 })", "torch.rand(3, dtype=torch.float64)"), (10, "torch.randn(3, { dtype: torch.float64 })", "torch.randn(3, dtype=torch.float64)"), (2**31, "torch.randint(-5, 5, [4])", None), (11, "[torch.randn(3), torch.rand(1), torch.randn(2)]", None),
]]

NAMES = {"torch": torch, "F": F, "true": True, "false": False, "null": None, **TENSORS}
BY_NAME = re.compile(r"(\(|, )((?:\w+=(?:'[^']*'|\[[^]]*\]|[^(),]+)(?:, )?)+)\)")


def in_js(python):
    """Returns the expression with a dict at the end for arguments by name."""
    return BY_NAME.sub(lambda match: match[1] + "{ " + re.sub(r"(\w+)=", r"\1: ", match[2]) + " })", python)


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def shown(value):
    if isinstance(value, torch.Tensor):
        numbers = value.contiguous().flatten()
        flat = numbers.double().tolist() if value.dtype.is_floating_point else [int(one) for one in numbers.tolist()]
        if value.dtype == torch.float32:
            flat = [float(f"{one:.9g}") for one in flat]
        return {"dtype": str(value.dtype)[6:], "shape": list(value.shape), "data": [number(one) for one in flat]}
    if isinstance(value, (tuple, list)):
        return [shown(one) for one in value]
    return number(value)


rows = []
for row in ROWS:
    js, python = (in_js(row), row) if isinstance(row, str) else row
    value = eval(python.replace("torch.ops.", "ops."), {**NAMES, "ops": ops})
    rows.append({"js": js, "value": shown(value)})

text = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
print(json.dumps({"inputs": INPUTS}, separators=(",", ":"))[:-1] + ',"rows":[\n' + text + "\n]}")
