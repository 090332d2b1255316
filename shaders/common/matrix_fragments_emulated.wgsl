// Fragments by plain loops: what matrix units compute, for adapters without them. S neighbouring threads are a
// subgroup. A fragment of an operand is the place where it lies, which nobody writes to before the next barrier; of a
// fragment of sums a thread holds every S-th element.
var<private> lane: u32;
var<private> one: u32; // 1, which the compiler shall not know: unrolled, the loops take minutes to compile
alias Left = u32;
alias Right = u32;
alias Sum = array<f32, FM * FN / S>;

fn turns() -> u32 {
  return one;
}

fn load_left(at: u32) -> Left {
  return at;
}

fn load_right(at: u32) -> Right {
  return at;
}

fn multiply_add(left: Left, right: Right, sum: Sum) -> Sum {
  var result = sum;
  for (var e = 0u; e < FM * FN / S * one; e++) {
    let row = (e * S + lane) / FN;
    let column = (e * S + lane) % FN;
    for (var k = 0u; k < FK / 4; k++) {
      result[e] += dot(vec4f(left_tile[left + row * PITCH + k]), vec4f(right_tile[right + column * PITCH + k]));
    }
  }
  return result;
}

fn store_sum(at: u32, sum: Sum) {
  for (var e = 0u; e < FM * FN / S * one; e++) {
    let row = (e * S + lane) / FN;
    let column = (e * S + lane) % FN;
    staged[at + row * STAGED_N + column] = sum[e];
  }
}
