// dx of max_pool2d where windows do not overlap (stride >= kernel), none is cut and none has gaps: the usual 2x2,
// stride 2. Then every input belongs to one window at most, so a thread owns a whole window: it reads dy and index once
// and writes all of the window's dx, dy where the maximum was found and 0 elsewhere. The launcher clears dx first when
// windows leave gaps.
@group(0) @binding(0) var<storage, read> dy: array<D>;
@group(0) @binding(1) var<storage, read> index: array<U>;
@group(0) @binding(2) var<storage, read_write> dx: array<E>;
@group(0) @binding(3) var<uniform> pool: Pool2d;

alias E = f32; // as stored
alias V = f32; // vec4f: four channels (src/tensor/layout.ts)
alias D = E; // dy as stored: of one channel, where it lies in rows and dx does not
alias U = u32; // of as many lanes
fn gradient(i: u32) -> E { return dy[i]; }

fn make(i: u32) {
  let first = (i / oW % oH) * stride_h * W + (i % oW) * stride_w;
  let base = i / (oW * oH) * H * W;
  let found = index[i];
  let d = gradient(i);
  for (var ky = 0u; ky < kH; ky++) {
    for (var kx = 0u; kx < kW; kx++) {
      let here = first + ky * W + kx;
      dx[base + here] = select(E(), d, found == U(here));
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
