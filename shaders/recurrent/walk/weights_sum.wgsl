// The gradients of a layer's weights from the parts that recurrent/walk/weights.wgsl made of them, always added in the
// same order: the columns of a row go to w_hh, then to w_ih, and the last one to both biases. With HAS_OWN the last H
// rows are of w_hh and its bias only, and the H before them, whose place they take there, of w_ih and its bias.
// A thread makes one number.
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

override HAS_BIAS: bool = false;
override HAS_OWN: bool = false;

struct Params {
  splits: u32,
  R: u32,
  H: u32,
  I: u32,
  pitch: u32, // numbers of a row of parts
  directions: u32,
  unused_a: u32, // WGSL aligns the array to 16 bytes
  unused_b: u32,
  at: array<vec4u, 2>, // of each direction, where w_ih, w_hh, b_ih and b_hh start
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let direction = i / (params.R * params.pitch);
  if (direction >= params.directions) {
    return;
  }
  let r = i / params.pitch % params.R;
  let c = i % params.pitch;
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) {
    sum += parts[((direction * params.splits + s) * params.R + r) * params.pitch + c];
  }
  let at = params.at[direction];
  let is_of_h = HAS_OWN && r >= params.R - params.H;
  let is_of_x = HAS_OWN && !is_of_h && r >= params.R - 2 * params.H;
  let row_h = select(r, r - params.H, is_of_h);
  if (c < params.H) {
    if (!is_of_x) {
      gradients[at.y + row_h * params.H + c] = sum;
    }
  } else if (c < params.H + params.I) {
    if (!is_of_h) {
      gradients[at.x + r * params.I + c - params.H] = sum;
    }
  } else if (HAS_BIAS && c == params.H + params.I) {
    if (!is_of_h) {
      gradients[at.z + r] = sum;
    }
    if (!is_of_x) {
      gradients[at.w + row_h] = sum;
    }
  }
}
