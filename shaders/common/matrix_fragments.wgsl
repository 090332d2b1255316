// Fragments as WGSL has them, in its experimental form; common/matrix_fragments_emulated.wgsl says what these functions
// do.
alias Left = subgroup_matrix_left<f16, FK, FM>;
alias Right = subgroup_matrix_right<f16, FN, FK>;
alias Sum = subgroup_matrix_result<f32, FN, FM>;

fn turns() -> u32 {
  return 1;
}

fn load_left(at: u32) -> Left {
  return subgroupMatrixLoad<Left, row_major>(&left_tile, at, PITCH);
}

fn load_right(at: u32) -> Right {
  return subgroupMatrixLoad<Right, col_major>(&right_tile, at, PITCH);
}

fn multiply_add(left: Left, right: Right, sum: Sum) -> Sum {
  return subgroupMatrixMultiplyAccumulate(left, right, sum);
}

fn store_sum(at: u32, sum: Sum) {
  subgroupMatrixStore<row_major>(&staged, at, sum, STAGED_N);
}
