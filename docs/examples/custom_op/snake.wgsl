// Snake (Ziyin, Hartwig and Ueda 2020): y = x + sin(a x)^2 / a, and backward dx = dy (1 + sin(2 a x)). A thread each.
override BACKWARD = false;
override a = 1.0;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>; // forward does not look at it
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u,
        @builtin(local_invocation_index) lane: u32) {
  let i = linear_workgroup(group, grid) * 64 + lane; // common/grid.wgsl
  if (i >= arrayLength(&x)) { return; }
  let s = sin(a * x[i]);
  result[i] = select(x[i] + s * s / a, dy[i] * (1 + sin(2 * a * x[i])), BACKWARD);
}
