package sqldb

import (
	"context"
	"sync"
)

// litePool lends connections, at most size of them, opened when first needed.
type litePool struct {
	open  func() (*liteConn, error)
	slots chan struct{} // one in it for every connection that is lent
	done  chan struct{} // closed by close

	mu   sync.Mutex
	idle []*liteConn // the last one returned is lent first: its caches are warm
	once sync.Once
}

func newLitePool(size int, open func() (*liteConn, error)) *litePool {
	return &litePool{open: open, slots: make(chan struct{}, size), done: make(chan struct{})}
}

// acquire lends a connection, waiting for one until ctx ends or the pool closes.
func (p *litePool) acquire(ctx context.Context) (*liteConn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.done:
		return nil, errClosed
	default:
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, errClosed
	}
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	c, err := p.open()
	if err != nil {
		<-p.slots
		return nil, mapError(err)
	}
	return c, nil
}

// release takes a connection back. One that has been found broken is closed.
func (p *litePool) release(c *liteConn) {
	if c.broken {
		c.close()
	} else {
		p.mu.Lock()
		p.idle = append(p.idle, c)
		p.mu.Unlock()
	}
	<-p.slots
}

// close refuses new loans, waits for those that are out and closes every connection.
func (p *litePool) close() {
	p.once.Do(func() {
		close(p.done)
		for range cap(p.slots) {
			p.slots <- struct{}{}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.idle {
			c.close()
		}
		p.idle = nil
	})
}
