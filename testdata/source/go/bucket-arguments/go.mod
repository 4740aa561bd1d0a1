module example.com/bucket-arguments

go 1.26
