// dx of avg_pool2d where windows do not overlap and none is cut: a thread owns a window and writes dy / divisor all
// over it. The launcher clears dx first when windows leave gaps.
@group(0) @binding(0) var<storage, read> dy: array<D>;
@group(0) @binding(1) var<storage, read_write> dx: array<E>;
@group(0) @binding(2) var<uniform> pool: Pool2d;

alias E = f32; // as stored
alias V = f32; // vec4f: four channels (src/tensor/layout.ts)
alias D = E; // dy as stored: of one channel, where it lies in rows and dx does not
fn gradient(i: u32) -> E { return dy[i]; }

fn make(i: u32) {
  let first = i / (oW * oH) * H * W + (i / oW % oH) * stride_h * W + (i % oW) * stride_w;
  let d = E(V(gradient(i)) / DIVISOR);
  for (var ky = 0u; ky < kH; ky++) {
    for (var kx = 0u; kx < kW; kx++) {
      dx[first + ky * W + kx] = d;
    }
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < pool.planes * oH * oW) {
      make(i);
    }
  }
}
