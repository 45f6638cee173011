package qr

import (
	"bytes"
	"fmt"
	"image/color"
	"slices"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
)

// pointsPerMM is the PDF unit.
const pointsPerMM = 72 / 25.4

// page is a sheet of PDF.
type page struct {
	pdf    *fpdf.Fpdf
	height float64
}

const pdfFamily = "NotoSans"

func newPage(format Format, title, lang string, created time.Time) (*page, error) {
	width, height := format.size()
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}})
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(created.UTC())
	pdf.SetModificationDate(created.UTC())
	pdf.SetProducer("Kartka", true)
	pdf.SetTitle(title, true)
	if lang != "" {
		pdf.SetLang(lang)
	}
	// fpdf keeps the bytes it is given.
	pdf.AddUTF8FontFromBytes(pdfFamily, "", slices.Clone(regularTTF))
	pdf.AddUTF8FontFromBytes(pdfFamily, "B", slices.Clone(boldTTF))
	pdf.AddPage()
	if err := pdf.Error(); err != nil {
		return nil, fmt.Errorf("open page: %w", err)
	}
	return &page{pdf: pdf, height: height}, nil
}

func (p *page) bytes() ([]byte, error) {
	var out bytes.Buffer
	if err := p.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write poster: %w", err)
	}
	return out.Bytes(), nil
}

func (p *page) panel(x, y, w, h, radius float64, with color.RGBA) {
	p.pdf.SetFillColor(int(with.R), int(with.G), int(with.B))
	p.pdf.RoundedRect(x, y, w, h, min(radius, w/2, h/2), "1234", "F")
}

// code draws all runs of dark modules as one path: filled at once, neighbours leave no seams between them.
func (p *page) code(x, y, side float64, code *Code) {
	module := side / float64(code.size+2*QuietZone)
	p.pdf.SetFillColor(0, 0, 0)
	var path strings.Builder
	code.runs(func(column, row, length int) {
		left := x + float64(column+QuietZone)*module
		bottom := p.height - y - float64(row+QuietZone+1)*module
		fmt.Fprintf(&path, "%.4f %.4f %.4f %.4f re\n", left*pointsPerMM, bottom*pointsPerMM,
			float64(length)*module*pointsPerMM, module*pointsPerMM)
	})
	path.WriteString("f")
	p.pdf.RawWriteStr(path.String())
}

func (p *page) text(x, baseline float64, s string, w weight, size float64, where align, with color.RGBA) error {
	style := ""
	if w == bold {
		style = "B"
	}
	p.pdf.SetFont(pdfFamily, style, size*pointsPerMM)
	p.pdf.SetTextColor(int(with.R), int(with.G), int(with.B))
	if where == centered {
		x -= p.pdf.GetStringWidth(s) / 2
	}
	p.pdf.Text(x, baseline, s)
	return p.pdf.Error()
}
