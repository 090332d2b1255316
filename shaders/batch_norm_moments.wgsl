// partial[slot] = (n, mean - origin, m2, origin) of a part of each channel of x (N, C, P); m2 = sum (x - mean)^2. partial (slots, 4, C).
// All is measured from an origin near the part's first number, so that means far from 0 do not lose the digits that m2 needs.
// A workgroup makes the moments of one part of one channel (where planes are small, of CHANNELS channels; see common/channel_walk.wgsl).
struct Params {
  walk: Walk,
}
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> moments: array<Moments, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let walk = params.walk;
  let k = linear_workgroup(workgroup, grid);
  var at = first_place(walk, k, lane);
  var origin = 0.0;
  if (at.end > 0) {
    origin = total(V(x[element(walk, part_start(walk, k, at.c))])) / LANES;
  }
  var all = LaneMoments();
  while (at.r < at.end) {
    let pivot = V(x[element(walk, at)]) - V(origin);
    at = next_place(walk, at);
    var b = 1.0;
    var s1 = V();
    var s2 = V();
    for (var i = 1u; i < BLOCK && at.r < at.end; i++) {
      let d = V(x[element(walk, at)]) - V(origin) - pivot;
      s1 += d;
      s2 += d * d;
      b += 1;
      at = next_place(walk, at);
    }
    all = with_block(all, b, pivot, s1, s2);
  }

  moments[lane] = all_lanes(all);
  for (var width = THREADS / 2; width >= CHANNELS; width /= 2) {
    workgroupBarrier();
    if (lane < width) {
      moments[lane] = merged(moments[lane], moments[lane + width]);
    }
  }
  if (lane < CHANNELS && at.c < walk.C) {
    let row = (walk.slot + k % walk.splits) * 4;
    partial[row * walk.C + at.c] = moments[lane].n;
    partial[(row + 1) * walk.C + at.c] = moments[lane].mean;
    partial[(row + 2) * walk.C + at.c] = moments[lane].m2;
    partial[(row + 3) * walk.C + at.c] = origin;
  }
}
