// Package house holds tests about the project itself: who may import whom, what its documents may claim, and habits that
// a compiler does not watch. It has no code of its own.
//
// Each rule is a function from the project's files, or from what "go list" says of its packages, to a list of findings. It is
// tested twice: on the project, where it must find nothing, and on a small planted violation, which it must find.
package house
