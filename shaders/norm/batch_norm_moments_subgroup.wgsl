enable subgroups;
// Mean and m2 of parts of each channel of x (N, C, P), as norm/channel_moments.wgsl says. The idea that it adds to
// norm/batch_norm_moments_workgroup.wgsl: a workgroup is one subgroup (of THREADS lanes), whose lanes merge what they
// have by shuffles, without barriers.
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read_write> partial: array<Total>;
@group(0) @binding(2) var<uniform> params: Params;

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

  var all = own_moments(walk, at, origin);
  for (var width = THREADS / 2; width >= CHANNELS; width /= 2) {
    let other = Moments(subgroupShuffleXor(all.n, width), subgroupShuffleXor(all.mean, width),
        subgroupShuffleXor(all.m2, width));
    all = merged(all, other);
  }
  if (lane < CHANNELS && at.c < walk.C) {
    write_moments(walk, k, at.c, all, origin);
  }
}
