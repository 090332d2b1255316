// out[s * count + k] = scale * combine over the s-th part of (r0, r1) of term(x[kept(k) + r0 * stride0 + r1 *
// stride1]). The ideas that it adds to reduce/naive.wgsl: T threads share an output, and numbers are read by fours
// where memory allows it.
//   Where neighbours in memory belong to one output (sums of rows), V is four of its terms, and the T threads lie side
//     by side.
//   Where they belong to neighbouring outputs (COLUMNS: sums of columns), V is four outputs, and 64 / T threads lie
//     side by side.
// A workgroup makes 64 / T outputs (of V where COLUMNS), so that its barriers serve many short ones. Eight neighbouring
// threads share a contiguous run of the terms, through which they step in blocks (long sums stay accurate: the error
// grows with the block's length and the number of blocks, not with their product), then combine in workgroup memory.
// Few outputs with many terms are split into parts; a second launch combines these.
struct Params {
  count: u32, // outputs, in V where COLUMNS; all below too are in V, but for what has fewer
  rank: u32, // of the kept dimensions
  r0: u32, // sizes of the reduced dimensions
  r1: u32,
  stride0: u32,
  stride1: u32,
  scale: f32,
  splits: u32,
  init: f32, // the value of no elements
  size: array<vec4u, 2>, // of each kept dimension, outermost first
  stride: array<vec4u, 2>,
}
alias V = f32;
alias O = f32;
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read_write> out: array<O>;
@group(0) @binding(2) var<uniform> params: Params;

override T: u32 = 64;
override COLUMNS: bool = false;
const THREADS = 64u;
const BLOCK = 64u;
const RUN = 8u; // as in common/steps.wgsl: CPUs want memory in order
fn combine(a: V, b: V) -> V { return a + b; }
fn term(v: V) -> V { return v; }
// Of four terms the output is one number; of four outputs (or one) it is what it is.
fn of_pairs(v: V) -> O { return v; }
fn result(v: V) -> O { return v; }

var<workgroup> partial: array<V, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let outputs = THREADS / T; // of this workgroup
  let group = linear_workgroup(workgroup, grid);
  let split = group % params.splits;
  let k = group / params.splits * outputs + select(lane / T, lane % outputs, COLUMNS);
  let t = select(lane % T, lane / outputs, COLUMNS);
  let inside = k < params.count; // barriers below must be reached by all
  var rest = k;
  var base = 0u;
  for (var d = params.rank; d > 0; d--) {
    let q = (d - 1) / 4;
    let r = (d - 1) % 4;
    base += (rest % params.size[q][r]) * params.stride[q][r];
    rest /= params.size[q][r];
  }

  let total_elements = params.r0 * params.r1;
  let part = (total_elements + params.splits - 1) / params.splits;
  let side = select(min(T, RUN), T, COLUMNS); // threads of an output that walk a contiguous run side by side
  let run = (part + T / side - 1) / (T / side);
  let first = split * part + t / side * run;
  let end = select(0u, min(min(total_elements, (split + 1) * part), first + run), inside);
  // (i, j) = (r / r1, r % r1), kept by stepping instead of dividing.
  var r = first + t % side;
  var j = r % params.r1;
  let step_j = side % params.r1;
  let step_at = side / params.r1 * params.stride0 + step_j * params.stride1;
  let wrap = params.stride0 - params.r1 * params.stride1; // may pass below 0: arithmetic is modulo 2^32
  var at = base + r / params.r1 * params.stride0 + j * params.stride1;

  var total = V(params.init);
  while (r < end) {
    var block = V(params.init);
    for (var n = 0u; n < BLOCK && r < end; n++) {
      block = combine(block, term(x[at]));
      r += side;
      j += step_j;
      at += step_at;
      if (j >= params.r1) {
        j -= params.r1;
        at += wrap;
      }
    }
    total = combine(total, block);
  }

  let apart = select(1u, outputs, COLUMNS); // from a thread of an output to its next
  partial[lane] = total;
  // Eight at a time, as barriers cost more than sums; these in pairs, which keeps the error of a short sum small.
  for (var next = T / 8; next > 0; next /= 8) {
    workgroupBarrier();
    if (t < next) {
      let step = next * apart;
      for (var width = 4u; width > 0; width /= 2) {
        for (var i = 0u; i < width; i++) {
          partial[lane + i * step] = combine(partial[lane + i * step], partial[lane + (i + width) * step]);
        }
      }
    }
  }
  if (t == 0 && inside) {
    out[split * params.count + k] = result(partial[lane]) * params.scale;
  }
}
