package outbox

import "sync"

// chats lets one message at a time into each chat, whichever lane it comes from. The zero value is ready.
type chats struct {
	mu   sync.Mutex
	busy map[string]*chat
}

// chat is one chat that is being written to, or waited for.
type chat struct {
	turn chan struct{} // holds a token while nobody writes
	n    int           // who writes or waits
}

// enter waits for the chat and returns what leaves it, or nil when until was closed first.
func (c *chats) enter(id string, until <-chan struct{}) (leave func()) {
	c.mu.Lock()
	if c.busy == nil {
		c.busy = map[string]*chat{}
	}
	one := c.busy[id]
	if one == nil {
		one = &chat{turn: make(chan struct{}, 1)}
		one.turn <- struct{}{}
		c.busy[id] = one
	}
	one.n++
	c.mu.Unlock()
	select {
	case <-one.turn:
		return func() {
			one.turn <- struct{}{}
			c.forget(id, one)
		}
	case <-until:
		c.forget(id, one)
		return nil
	}
}

func (c *chats) forget(id string, one *chat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one.n--; one.n == 0 {
		delete(c.busy, id)
	}
}
