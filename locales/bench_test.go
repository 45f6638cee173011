package locales

import "testing"

func BenchmarkT(b *testing.B) {
	p := newCatalog(b).Printer(UK)
	args := Args{"Day": "21", "Month": "листопада", "Year": "2027"}
	b.ReportAllocs()
	for b.Loop() {
		p.T("calendar.date_with_year", args)
	}
}

func BenchmarkRich(b *testing.B) {
	p := newCatalog(b).Printer(UK)
	args := Args{"Day": "21", "Month": "<листопада>", "Year": "2027"}
	b.ReportAllocs()
	for b.Loop() {
		p.Rich("calendar.date_with_year", args)
	}
}

func BenchmarkN(b *testing.B) {
	p := newCatalog(b).Printer(UK)
	b.ReportAllocs()
	for b.Loop() {
		p.N("common.in_days", 1_000_000)
	}
}

func BenchmarkMoney(b *testing.B) {
	p := newCatalog(b).Printer(UK)
	b.ReportAllocs()
	for b.Loop() {
		p.Money(123456789, "UAH")
	}
}

func BenchmarkPoints(b *testing.B) {
	c := newCatalog(b)
	p, names := c.Printer(UK), c.Unit("bonus")
	b.ReportAllocs()
	for b.Loop() {
		p.Points(1234, 1, names)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(); err != nil {
			b.Fatal(err)
		}
	}
}
