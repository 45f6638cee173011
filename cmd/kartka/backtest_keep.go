package main

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"kartka/engine/backtest"
	"kartka/engine/money"
	"kartka/engine/rules"
)

// kept is what a backtest has read, for the second time that it is wanted: without asking the database again, and the
// same sales whatever happens meanwhile. It lies in a file without a name, sealed with a key that is nowhere else than in memory.
type kept struct {
	file    *os.File
	block   cipher.Block
	buffer  *bufio.Writer
	encoder *gob.Encoder
	whole   bool // everything has been written
	now     keptHistory
}

// keptHistory is a member with sales, or sales without a card.
type keptHistory struct {
	ID     string
	Member *backtest.Member // nil without a card
	Sales  []keptSale
}

// keptSale is a [backtest.Sale] of a member.
type keptSale struct {
	At       int64 // microseconds, as databases keep them
	Lines    []rules.Line
	Marks    []rules.Mark
	Place    string // id
	Channel  string
	Redeemed money.Points
}

// keptSales is how many sales without a card are kept as one piece.
const keptSales = 512

func newKept(dir string) (*kept, error) {
	file, err := os.CreateTemp(dir, "kartka-backtest-")
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	k := &kept{file: file}
	// On systems that do not let go of the name of an open file, close does it.
	_ = os.Remove(file.Name())
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	if k.block, err = aes.NewCipher(key); err != nil {
		k.close()
		return nil, fmt.Errorf("seal temporary file: %w", err)
	}
	k.buffer = bufio.NewWriterSize(cipher.StreamWriter{S: k.stream(), W: file}, 1<<16)
	k.encoder = gob.NewEncoder(k.buffer)
	return k, nil
}

// stream is the cipher from the beginning of the file. The key is used for one stream, so the counter may begin with zero.
func (k *kept) stream() cipher.Stream { return cipher.NewCTR(k.block, make([]byte, aes.BlockSize)) }

func (k *kept) close() {
	_ = k.file.Close()           // nobody reads it any more
	_ = os.Remove(k.file.Name()) // gone already, mostly
}

// add writes a sale that has been handed over.
func (k *kept) add(id string, m *backtest.Member, s keptSale) error {
	if len(k.now.Sales) > 0 && (id != k.now.ID || id == "" && len(k.now.Sales) >= keptSales) {
		if err := k.put(); err != nil {
			return err
		}
	}
	k.now.ID, k.now.Member = id, m
	k.now.Sales = append(k.now.Sales, s)
	return nil
}

func (k *kept) put() error {
	if err := k.encoder.Encode(&k.now); err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	k.now.Sales = k.now.Sales[:0]
	return nil
}

// end writes what is left.
func (k *kept) end() error {
	if len(k.now.Sales) > 0 {
		if err := k.put(); err != nil {
			return err
		}
	}
	if err := k.buffer.Flush(); err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	k.whole = true
	return nil
}

// each reads everything that was written.
func (k *kept) each(do func(*keptHistory) error) error {
	if _, err := k.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read temporary file: %w", err)
	}
	decoder := gob.NewDecoder(bufio.NewReaderSize(cipher.StreamReader{S: k.stream(), R: k.file}, 1<<16))
	for {
		var h keptHistory
		if err := decoder.Decode(&h); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read temporary file: %w", err)
		}
		if err := do(&h); err != nil {
			return err
		}
	}
}

// keeping keeps every sale that each has taken, if sales are wanted twice.
func (p *sold) keeping(each func(backtest.Sale) error) func(backtest.Sale, string) error {
	return func(s backtest.Sale, place string) error {
		if err := each(s); err != nil || p.kept == nil {
			return err
		}
		return p.kept.add(s.Member, p.buyer.member, keptSale{At: s.At.UnixMicro(), Lines: s.Lines, Marks: s.Marks, Place: place,
			Channel: s.Channel, Redeemed: s.Redeemed})
	}
}

// again hands over sales that were kept.
func (p *sold) again(h *keptHistory, each func(backtest.Sale) error) error {
	p.buyer = buyer{id: h.ID, member: h.Member}
	for _, s := range h.Sales {
		at := p.places[s.Place]
		err := each(backtest.Sale{Member: h.ID, At: time.UnixMicro(s.At).UTC(), Lines: s.Lines, Marks: s.Marks, Location: at.code, Zone: at.zone,
			Channel: s.Channel, Redeemed: s.Redeemed})
		if err != nil {
			return err
		}
	}
	return nil
}
