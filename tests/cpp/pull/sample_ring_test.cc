#include "pull/sample_ring.h"

#include <memory>
#include <vector>

#include "check.h"

using namespace mlperf;
using pull::SampleRing;
using Indices = std::vector<QuerySampleIndex>;

namespace {

// Sample i of a library, as id 1000 + i.
SampleSpan Single(const QuerySampleIndex& index) {
  SampleSpan span;
  span.first_id = 1000 + index;
  span.indices = &index;
  span.size = 1;
  return span;
}

// Samples begin, begin + 1 ...; ids two apart from 10 * begin.
SampleSpan Query(QuerySampleIndex begin, size_t size) {
  const auto indices = std::make_shared<Indices>();
  for (size_t i = 0; i < size; ++i) indices->push_back(begin + i);
  SampleSpan span;
  span.first_id = 10 * begin;
  span.id_stride = 2;
  span.indices = indices->data();
  span.size = size;
  span.owner = indices;
  return span;
}

Indices IndicesOf(const SampleBatch& batch) {
  return {batch.indices(), batch.indices() + batch.size()};
}

std::vector<ResponseId> IdsOf(const SampleBatch& batch) {
  std::vector<ResponseId> ids;
  const ResponseSpan responses = batch.Responses();
  for (size_t i = 0; i < batch.size(); ++i) {
    ids.push_back(batch.id(i));
    CHECK_EQ(
        responses.ids != nullptr ? responses.ids[i] : responses.first_id + i * responses.id_stride,
        ids.back());
  }
  CHECK_EQ(responses.size, ids.size());
  return ids;
}

}  // namespace

TEST(a_large_query_is_cut_without_a_copy) {
  SampleRing ring;
  SampleBatch batch;
  std::weak_ptr<const void> owner;
  const QuerySampleIndex* indices = nullptr;
  {
    const SampleSpan query = Query(5, 7);
    owner = query.owner;
    indices = query.indices;
    ring.Put(query);
  }
  ring.Take(3, &batch);
  CHECK(batch.indices() == indices);
  CHECK_EQ(IndicesOf(batch), (Indices{5, 6, 7}));
  CHECK_EQ(IdsOf(batch), (std::vector<ResponseId>{50, 52, 54}));
  batch.Clear();
  ring.Take(4, &batch);
  CHECK(batch.indices() == indices + 3);
  CHECK_EQ(IdsOf(batch), (std::vector<ResponseId>{56, 58, 60, 62}));
  CHECK(!owner.expired());  // the batch reads its memory
  batch.Clear();
  CHECK(owner.expired());
}

TEST(queries_are_joined_in_their_order) {
  SampleRing ring;
  SampleBatch batch;
  const Indices singles{3, 1, 4};
  for (const QuerySampleIndex& index : singles) ring.Put(Single(index));
  ring.Put(Query(20, 4));
  ring.Put(Query(30, 2));
  ring.Take(5, &batch);
  CHECK_EQ(IndicesOf(batch), (Indices{3, 1, 4, 20, 21}));
  CHECK_EQ(IdsOf(batch), (std::vector<ResponseId>{1003, 1001, 1004, 200, 202}));
  batch.Clear();
  ring.Take(3, &batch);
  CHECK_EQ(IndicesOf(batch), (Indices{22, 23, 30}));
  CHECK_EQ(IdsOf(batch), (std::vector<ResponseId>{204, 206, 300}));
}

TEST(memory_that_is_used_again_is_copied) {
  SampleRing ring;
  Indices scratch{7, 8, 9};
  SampleSpan span;
  span.first_id = 100;
  span.indices = scratch.data();
  span.size = scratch.size();
  ring.Put(span);
  scratch = {0, 0, 0};
  SampleBatch batch;
  ring.Take(3, &batch);
  CHECK_EQ(IndicesOf(batch), (Indices{7, 8, 9}));
  CHECK_EQ(IdsOf(batch), (std::vector<ResponseId>{100, 101, 102}));
}

// Grows and shrinks across the blocks that it is made of, at every offset between them.
TEST(order_is_kept_over_many_blocks) {
  SampleRing ring;
  SampleBatch batch;
  QuerySampleIndex put = 0;
  QuerySampleIndex taken = 0;
  uint64_t wrong = 0;
  for (size_t round = 1; round < 60; ++round) {
    for (size_t i = 0; i < 37 * round; ++i, ++put) ring.Put(Single(put));
    const size_t samples = round % 5 == 0 ? put - taken : 17 * round;
    batch.Clear();
    ring.Take(samples, &batch);
    CHECK_EQ(batch.size(), samples);
    for (size_t i = 0; i < samples; ++i, ++taken) {
      wrong += batch.indices()[i] != taken || batch.id(i) != 1000 + taken;
    }
  }
  CHECK_EQ(wrong, 0u);
}
