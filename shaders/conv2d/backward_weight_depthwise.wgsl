// dw[split, c, tap] = sum over the split's rows of pixels of dy[n, c, p] * x[n, c, p at tap]; and, if HAS_BIAS, dbias
// behind it: the sums of dy. The splits are added up by conv2d/weight_sum.wgsl. Both x and dy lie in fours of channels
// (conv2d/quads.wgsl), which do not mix: a thread makes 4 channels at one tap of one split.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> conv: Weight; // groups are fours of channels

alias E4 = vec4f; // as stored
override HAS_BIAS: bool = false;
const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let taps = conv.taps_y * conv.taps_x;
  let thread = linear_workgroup(workgroup, grid) * THREADS + lane; // (split, group, tap)
  let split = thread / (conv.groups * taps);
  if (split >= conv.splits) {
    return;
  }
  let group = thread / taps % conv.groups;
  let tap = thread % taps;
  let seen = group * conv.plane + tap / conv.taps_x * conv.tap_y + tap % conv.taps_x * conv.tap_x;
  let part = (conv.N * conv.oH + conv.splits - 1) / conv.splits; // rows of pixels of a split
  let end = min((split + 1) * part, conv.N * conv.oH);
  var n = split * part / conv.oH;
  var oy = split * part % conv.oH;
  var sum = vec4f();
  var sum_dy = vec4f();
  for (var r = split * part; r < end; r++) {
    var at = n * conv.groups * conv.plane + seen + oy * conv.step_y;
    let row = ((n * conv.groups + group) * conv.oH + oy) * conv.oW;
    for (var ox = 0u; ox < conv.oW; ox++) {
      let d = vec4f(dy[row + ox]);
      sum += d * vec4f(x[at]);
      sum_dy += d;
      at += conv.step_x;
    }
    oy++;
    if (oy == conv.oH) {
      oy = 0u;
      n++;
    }
  }

  let channels = 4 * conv.groups;
  let to = split * (channels * taps + select(0u, channels, HAS_BIAS));
  for (var i = 0u; i < 4; i++) {
    let c = 4 * group + i;
    dw[to + c * taps + tap] = sum[i];
    if (HAS_BIAS && tap == 0) {
      dw[to + channels * taps + c] = sum_dy[i];
    }
  }
}
