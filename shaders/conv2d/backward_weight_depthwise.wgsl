// dw[split, c, tap] = sum over the split's fours of pixels of dy[n, c, p] * x[n, c, p at tap]; and, if
// HAS_BIAS, dbias: the sums of dy. Several splits are added up by conv2d/weight_sum.wgsl.
//
// Both x and dy lie in fours of channels, which do not mix: a thread makes 4 channels at one tap of one split.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<DW>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> conv: Weight; // groups are fours of channels

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
  let column = column_of(group, tap);
  let end = min((split + 1) * conv.part, conv.N * ((conv.P + 3) / 4));
  let first = pixels_at(0u);
  var pixels = pixels_at(split * conv.part);
  var sum = vec4f();
  var sum_dy = vec4f();
  for (var four = split * conv.part; four < end; four++) {
    let seen = seen_by(column, pixels);
    for (var i = 0u; i < 4; i++) {
      let d = dy_at(group, 0u, pixels, i);
      sum += d * masked(vec4f(x[seen.at[i]]), seen.inside[i]);
      sum_dy += d;
    }
    pixels = next_pixels(pixels, first);
  }

  for (var i = 0u; i < 4; i++) {
    let c = 4 * group + i;
    dw[(split * 4 * conv.groups + c) * taps + tap] = stored(sum, i);
    if (HAS_BIAS && tap == 0) {
      write_bias(split, group, i, sum_dy[i]);
    }
  }
}
