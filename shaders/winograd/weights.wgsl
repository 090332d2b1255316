// u[p, row, depth] = (G w G^T)[p] for the 3 x 3 window w of each row and depth: output and input channel, or, for the
// gradient of the input, input and output channel with the window turned by half a turn. w lies as the direct kernels
// read it (src/tensor/layout.ts).
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> u: array<f32>;
@group(0) @binding(2) var<uniform> params: Weights;

struct Weights {
  rows: u32,
  depth: u32,
  turned: u32,
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linear_workgroup(workgroup, grid) * 64 + lane;
  let count = params.rows * params.depth;
  if (number >= count) {
    return;
  }
  let row = number / params.depth;
  let d = number - row * params.depth;
  let turned = params.turned != 0;
  let start = select(filter_at(row, d, params.rows), filter_at(d, row, params.depth), turned);
  var columns: array<Taps, 3>;
  for (var j = 0u; j < 3; j++) {
    var window = Window();
    for (var i = 0u; i < 3; i++) {
      let tap = i * 3 + j;
      window[i] = w[start + select(tap, 8 - tap, turned) * count];
    }
    columns[j] = window_products(window);
  }
  for (var i = 0u; i < T; i++) {
    let line = window_products(Window(columns[0][i], columns[1][i], columns[2][i]));
    for (var j = 0u; j < T; j++) {
      u[(i * T + j) * count + number] = line[j];
    }
  }
}
