package main

import (
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"kartka/bots"
	"kartka/bots/outbox"
	"kartka/engine"
	"kartka/tills"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what an operator watches.
type metrics struct {
	registry *prometheus.Registry
	turns    *prometheus.HistogramVec
	sends    *prometheus.CounterVec
	sending  *prometheus.HistogramVec
	waiting  *prometheus.HistogramVec
	tills    *prometheus.HistogramVec
	items    *prometheus.CounterVec

	mu    sync.Mutex
	ready map[string]bool
}

func newMetrics(a *app) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), ready: map[string]bool{}}
	m.turns = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "kartka_turn_seconds", Help: "Handling one delivery of a messenger, by outcome.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}, []string{"outcome"})
	m.sends = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "kartka_messages_total", Help: "Messages by what became of them."}, []string{"lane", "state"})
	m.sending = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "kartka_send_seconds", Help: "One call of a platform to send a message, by outcome.",
		Buckets: prometheus.ExponentialBuckets(0.005, 2, 12)}, []string{"outcome"})
	m.waiting = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "kartka_queue_seconds", Help: "Age of a message when it is taken up to be sent.",
		Buckets: prometheus.ExponentialBuckets(0.001, 4, 10)}, []string{"lane"})
	m.tills = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "kartka_till_seconds", Help: "Answering one call of a till, by operation and status of HTTP.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}, []string{"operation", "status"})
	m.items = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "kartka_till_items_total", Help: "Items of batches of tills, by their status."}, []string{"status"})
	m.registry.MustRegister(m.turns, m.sends, m.sending, m.waiting, m.tills, m.items, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if a.redisUp != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kartka_redis_up", Help: "1 while Redis answers."}, func() float64 {
			if a.redisUp() {
				return 1
			}
			return 0
		}))
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) turn(outcome string, took time.Duration) {
	m.turns.WithLabelValues(outcome).Observe(took.Seconds())
}

func (m *metrics) till(c tills.Call) {
	m.tills.WithLabelValues(c.Operation, strconv.Itoa(c.Status)).Observe(c.Took.Seconds())
	for status, n := range c.Items {
		m.items.WithLabelValues(strconv.Itoa(status)).Add(float64(n))
	}
}

func (m *metrics) outboxHooks() outbox.Hooks {
	return outbox.Hooks{
		Claimed: func(_, _ string, lane engine.Lane, age time.Duration) {
			m.waiting.WithLabelValues(string(lane)).Observe(age.Seconds())
		},
		Called: func(_, _ string, _ engine.Lane, outcome bots.Outcome, took time.Duration) {
			m.sending.WithLabelValues(string(outcome)).Observe(took.Seconds())
		},
		Settled: func(_, _ string, lane engine.Lane, state engine.OutboundState, _ string) {
			m.sends.WithLabelValues(string(lane), string(state)).Inc()
		},
		Refused: func(_, sender string, refused bool) { m.botReady(sender, !refused) },
	}
}

func (m *metrics) botReady(bot string, ready bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ready[bot] = ready
}

func (m *metrics) botsReady() map[string]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.ready)
}
