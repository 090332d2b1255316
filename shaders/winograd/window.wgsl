// dw[o, c] = G^T s[o, c] G, the 3 x 3 windows of the T x T sums s. What is no number is computed again, by the
// definition: see winograd/output.wgsl. x and dy lie in fours of channels, dw as w does.
@group(0) @binding(0) var<storage, read> s: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<E4>;
@group(0) @binding(2) var<storage, read> dy: array<E4>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(0) @binding(4) var<uniform> params: Gradient;

alias E4 = vec4f; // as stored

struct Gradient {
  N: u32,
  C: u32,
  H: u32,
  W: u32,
  O: u32,
  oH: u32,
  oW: u32,
  pad_y: u32,
  pad_x: u32,
}

fn exact(o: u32, c: u32, tap: u32) -> f32 {
  var sum = 0.0;
  for (var n = 0u; n < params.N; n++) {
    for (var oy = 0u; oy < params.oH; oy++) {
      let y = oy + tap / 3 - params.pad_y; // a negative number wraps to a large one, which is outside too
      if (y < params.H) {
        for (var ox = 0u; ox < params.oW; ox++) {
          let column = ox + tap % 3 - params.pad_x;
          if (column < params.W) {
            let at_x = ((n * (params.C / 4) + c / 4) * params.H + y) * params.W + column;
            let at_dy = ((n * (params.O / 4) + o / 4) * params.oH + oy) * params.oW + ox;
            sum += f32(x[at_x][c % 4]) * f32(dy[at_dy][o % 4]);
          }
        }
      }
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linear_workgroup(workgroup, grid) * 64 + lane;
  let count = params.O * params.C;
  if (number >= count) {
    return;
  }
  let o = number / params.C;
  let c = number % params.C;
  let start = filter_at(o, c, params.O);
  var columns: array<Window, T>;
  for (var j = 0u; j < T; j++) {
    var column = Taps();
    for (var i = 0u; i < T; i++) {
      column[i] = s[(i * T + j) * count + number];
    }
    columns[j] = window_of(column);
  }
  var windows: array<Window, 3>;
  var are_numbers = true;
  for (var i = 0u; i < 3; i++) {
    var line = Taps();
    for (var j = 0u; j < T; j++) {
      line[j] = columns[j][i];
    }
    windows[i] = window_of(line);
    for (var j = 0u; j < 3; j++) {
      are_numbers = are_numbers && (bitcast<u32>(windows[i][j]) & 0x7f800000u) != 0x7f800000u;
    }
  }
  if (are_numbers) {
    for (var i = 0u; i < 3; i++) {
      for (var j = 0u; j < 3; j++) {
        dw[start + (i * 3 + j) * count] = windows[i][j];
      }
    }
  } else {
    for (var tap = 0u; tap < 9; tap++) {
      dw[start + tap * count] = exact(o, c, tap);
    }
  }
}
