package market

import "time"

// Hasty has nobody wait for a dry run until the returned function is called.
func Hasty() (undo func()) {
	was := dryPatience
	dryPatience = time.Duration(0)
	return func() { dryPatience = was }
}
