// Package rules turns a program's settings and a sale into effects with reasons. [Evaluate] is pure and
// deterministic: a quote, a posting, a backtest and a test all call it.
//
// The base bonus programme lives in earn.go and redeem.go. A further mechanic is a file of its own with a function
// that looks at the [Input] and appends to the [Result]; Evaluate fixes their order.
package rules
