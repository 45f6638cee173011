// Package money holds the types of value and the only arithmetic done on them: 64-bit integers, checked for
// overflow, rounded once and split exactly. No float touches value.
//
// Shapes: [Amount] is money in minor units of a [Currency]; [Points] is loyalty points in the smallest step of
// a program's unit; [Rate] is a share in basis points; [Quantity] is goods in thousandths.
package money
