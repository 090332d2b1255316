// Mean and m2 of parts of each channel of x (N, C, P), as norm/channel_moments.wgsl says. The ideas that it adds to
// norm/batch_norm_moments_naive.wgsl: 64 threads share a part of a channel, so that all of the machine works where
// channels are few, and one pass makes both (see norm/moments.wgsl). A workgroup makes the moments of one part of one
// channel; where planes are small, of CHANNELS channels (see norm/channel_walk.wgsl).
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> partial: array<Total>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> moments: array<Moments, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let walk = params.walk;
  let k = linear_workgroup(workgroup, grid);
  let at = first_place(walk, k, lane);
  var origin = Total();
  if (at.end > 0) {
    origin = total(V(x[element(walk, part_start(walk, k, at.c))])) / LANES;
  }

  moments[lane] = own_moments(walk, at, origin);
  var width = THREADS;
  while (width > CHANNELS) {
    let next = max(width / 8, CHANNELS); // eight at a time: barriers cost more than sums
    workgroupBarrier();
    for (var i = lane + next; i < width && lane < next; i += next) {
      moments[lane] = merged(moments[lane], moments[i]);
    }
    width = next;
  }
  if (lane < CHANNELS && at.c < walk.C) {
    write_moments(walk, k, at.c, moments[lane], origin);
  }
}
