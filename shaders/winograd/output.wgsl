// y = activate(A^T m A + bias (+ residual)) for the T x T products m[p, channel, tile]. y and residual lie in
// fours of channels.
//
// The transforms mix the pixels of a tile, so that one NaN or infinity makes NaN of all, and numbers near the largest
// may overflow on the way. A tile in which that happens is computed again, by the definition: then NaN and infinities
// are where every other member of the family has them.
@group(0) @binding(0) var<storage, read> m: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<E4>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> residual: array<E4>;
@group(0) @binding(5) var<storage, read_write> y: array<E4>;
@group(0) @binding(6) var<uniform> params: Output;

struct Output {
  H: u32, // of x, and its fours of channels
  W: u32,
  D: u32,
  turned: u32, // whether windows are turned by half a turn
  at: Tiles, // behind 16 bytes, as a struct in a uniform begins there; what came behind it would, too
}

alias E4 = vec4f; // as stored
alias V = vec4f;
fn activate(x: V) -> V { return x; } // a row of the elementwise table
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;

fn write(place: Place, i: u32, j: u32, sum: vec4f) {
  let row = place.y * M + i;
  let column = place.x * M + j;
  if (row < params.at.H && column < params.at.W) {
    let to = place.plane + row * params.at.W + column;
    var v = sum;
    if (HAS_BIAS) {
      v += bias[place.four];
    }
    if (HAS_RESIDUAL) {
      v += vec4f(residual[to]);
    }
    y[to] = E4(activate(v));
  }
}

// Four channels of one pixel, by the definition.
fn exact(place: Place, i: u32, j: u32) -> vec4f {
  let turned = params.turned != 0;
  let rows = 4 * params.at.D;
  let depth = 4 * params.D;
  let image = place.plane / (params.at.D * params.at.H * params.at.W);
  var sum = vec4f();
  for (var tap = 0u; tap < 9; tap++) {
    let row = place.y * M + i + tap / 3 - params.at.before_y;
    let column = place.x * M + j + tap % 3 - params.at.before_x;
    if (row < params.H && column < params.W) {
      let start = select(tap, 8 - tap, turned) * rows * depth;
      for (var c = 0u; c < depth; c++) {
        let v = f32(x[((image * params.D + c / 4) * params.H + row) * params.W + column][c % 4]);
        for (var r = 0u; r < 4; r++) {
          let own = place.four * 4 + r;
          sum[r] += v * w[start + select(filter_at(own, c, rows), filter_at(c, own, depth), turned)];
        }
      }
    }
  }
  return sum;
}

// All ones in the exponent: infinity or NaN.
fn is_number(v: vec4f) -> bool {
  return all((bitcast<vec4u>(v) & vec4u(0x7f800000u)) != vec4u(0x7f800000u));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = linear_workgroup(workgroup, grid) * 64 + lane;
  let count = params.at.tiles * params.at.D;
  if (number >= count) {
    return;
  }
  let place = place_of(number, params.at);
  var columns: array<Made, T>;
  for (var j = 0u; j < T; j++) {
    var column = Line();
    for (var i = 0u; i < T; i++) {
      column[i] = m[(i * T + j) * count + number];
    }
    columns[j] = from_products(column);
  }
  var made: array<Made, M>;
  var are_numbers = true;
  for (var i = 0u; i < M; i++) {
    var line = Line();
    for (var j = 0u; j < T; j++) {
      line[j] = columns[j][i];
    }
    made[i] = from_products(line);
    for (var j = 0u; j < M; j++) {
      are_numbers = are_numbers && is_number(made[i][j]);
    }
  }
  if (are_numbers) {
    for (var i = 0u; i < M; i++) {
      for (var j = 0u; j < M; j++) {
        write(place, i, j, made[i][j]);
      }
    }
  } else {
    for (var i = 0u; i < M * M; i++) {
      write(place, i / M, i % M, exact(place, i / M, i % M));
    }
  }
}
