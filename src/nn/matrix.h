// nn/matrix.h - row-major matrices over memory of others.
#pragma once

#include <Eigen/Core>

namespace regraft::nn {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixView = Eigen::Map<Matrix>;
using ConstMatrixView = Eigen::Map<const Matrix>;
using ConstRowView = Eigen::Map<const Eigen::RowVectorXf>;

}  // namespace regraft::nn
