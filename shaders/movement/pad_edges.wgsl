// y[p, z, y, x] = x[p, shown(z), shown(y), shown(x)]. A workgroup makes 64 elements, a thread one.
@group(0) @binding(0) var<storage, read> x_data: array<f32>;
@group(0) @binding(1) var<storage, read_write> y_data: array<f32>;
@group(0) @binding(2) var<uniform> pad: Pad;

// The place among n that is seen at position p behind `before` places of padding.
fn shown(p: u32, before: u32, n: u32) -> u32 {
  if (MODE == REPLICATE) {
    return min(max(p, before) - before, n - 1);
  }
  if (MODE == CIRCULAR) {
    return (p + n - before) % n; // before is at most n
  }
  let i = u32(abs(i32(p) - i32(before)));
  return select(i, 2 * (n - 1) - i, i >= n);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= pad.planes * oD * oH * oW) {
    return;
  }
  let x = shown(i % oW, left, W);
  let y = shown(i / oW % oH, top, H);
  let z = shown(i / (oW * oH) % oD, front, D);
  let plane = i / (oW * oH * oD);
  y_data[i] = x_data[((plane * D + z) * H + y) * W + x];
}
