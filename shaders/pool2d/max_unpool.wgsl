// y[p, index[p, i]] = x[p, i] for i = 0 .. n - 1, the last of equal indices, and 0 where no index points; source[p, h]
// = the i that came to h, NOWHERE where none did. x and index (planes, n), y and source (planes, size). An index that
// is not below size is left out.
//
// Any index may point anywhere in its plane. So a thread owns a run of neighbouring elements of y, clears it, and goes
// through all indices of the plane in their order; those that point into its run it writes. Work grows with runs * n:
// there are as many runs as keep the machine busy, and no more. A workgroup has 64 threads.
struct Params {
  planes: u32,
  n: u32,
  size: u32,
  run: u32, // elements of a run
  runs: u32, // of a plane
}
@group(0) @binding(0) var<storage, read> x: array<E>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<E>;
@group(0) @binding(3) var<storage, read_write> source: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

alias E = f32; // as stored

const NOWHERE = 0xffffffffu;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let plane = i / params.runs;
  if (plane >= params.planes) {
    return;
  }
  let first = i % params.runs * params.run;
  let end = min(first + params.run, params.size);
  let base = plane * params.size;
  for (var h = first; h < end; h++) {
    y[base + h] = E();
    source[base + h] = NOWHERE;
  }
  for (var j = 0u; j < params.n; j++) {
    let h = index[plane * params.n + j];
    if (h >= first && h < end) {
      y[base + h] = x[plane * params.n + j];
      source[base + h] = j;
    }
  }
}
