package main
import ("fmt";"os";"github.com/nlpodyssey/safetensors")
func main() {
 b, err := os.ReadFile(os.Args[1]); if err != nil { panic(err) }
 st, err := safetensors.Deserialize(b); if err != nil { panic(err) }
 for _, n := range st.Names() { t, _ := st.Tensor(n); fmt.Println(n, t.DType(), t.Shape(), t.Data()) }
}
