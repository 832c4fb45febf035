"""Fine-tuning: training rows, recipes, LoRA training, adapter manifests."""
