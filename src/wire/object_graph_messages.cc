// TrackableObjectGraph and what it contains (docs/format/object_graph.md).
#include "wire/messages.h"
#include "wire/reading.h"
#include "wire/writing.h"

namespace regraft::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;

std::int32_t TakeInt(pbf_reader& reader) {
  if (reader.wire_type() != pbf_wire_type::varint) {
    throw BadField{"a number has the wrong wire type"};
  }
  return Int32(reader);
}

std::string TakeText(pbf_reader& reader) {
  if (reader.wire_type() != pbf_wire_type::length_delimited) {
    throw BadField{"a text has the wrong wire type"};
  }
  return std::string(View(reader.get_view()));
}

pbf_reader TakeMessage(pbf_reader& reader) {
  if (reader.wire_type() != pbf_wire_type::length_delimited) {
    throw BadField{"a message has the wrong wire type"};
  }
  return reader.get_message();
}

ObjectReference ReadReference(pbf_reader reader) {
  ObjectReference out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        out.node_id = TakeInt(reader);
        break;
      case 2:
        out.local_name = TakeText(reader);
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

SerializedTensor ReadAttribute(pbf_reader reader) {
  SerializedTensor out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        out.name = TakeText(reader);
        break;
      case 2:
        out.full_name = TakeText(reader);
        break;
      case 3:
        out.checkpoint_key = TakeText(reader);
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

SlotVariable ReadSlot(pbf_reader reader) {
  SlotVariable out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        out.original_variable_node_id = TakeInt(reader);
        break;
      case 2:
        out.slot_name = TakeText(reader);
        break;
      case 3:
        out.slot_variable_node_id = TakeInt(reader);
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

RegisteredSaver ReadSaver(pbf_reader reader) {
  RegisteredSaver out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        out.name = TakeText(reader);
        break;
      case 2:
        out.object_name = TakeText(reader);
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

bool ReadBoolValue(pbf_reader reader) {
  bool value = false;
  while (reader.next()) {
    if (reader.tag() == 1) {
      value = TakeInt(reader) != 0;
    } else {
      reader.skip();
    }
  }
  return value;
}

TrackableObject ReadObject(pbf_reader reader) {
  TrackableObject out;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        out.children.push_back(ReadReference(TakeMessage(reader)));
        break;
      case 2:
        out.attributes.push_back(ReadAttribute(TakeMessage(reader)));
        break;
      case 3:
        out.slot_variables.push_back(ReadSlot(TakeMessage(reader)));
        break;
      case 4:
        out.registered_saver = ReadSaver(TakeMessage(reader));
        break;
      case 5:
        out.has_checkpoint_values = ReadBoolValue(TakeMessage(reader));
        break;
      default:
        reader.skip();
    }
  }
  return out;
}

std::string Encode(const TrackableObject& object) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const ObjectReference& child : object.children) {
    AddMessage(writer, 1, [&](pbf_writer& inner) {
      AddInt(inner, 1, child.node_id);
      AddText(inner, 2, child.local_name);
    });
  }
  for (const SerializedTensor& attribute : object.attributes) {
    AddMessage(writer, 2, [&](pbf_writer& inner) {
      AddText(inner, 1, attribute.name);
      AddText(inner, 2, attribute.full_name);
      AddText(inner, 3, attribute.checkpoint_key);
    });
  }
  for (const SlotVariable& slot : object.slot_variables) {
    AddMessage(writer, 3, [&](pbf_writer& inner) {
      AddInt(inner, 1, slot.original_variable_node_id);
      AddText(inner, 2, slot.slot_name);
      AddInt(inner, 3, slot.slot_variable_node_id);
    });
  }
  if (object.registered_saver) {
    AddMessage(writer, 4, [&](pbf_writer& inner) {
      AddText(inner, 1, object.registered_saver->name);
      AddText(inner, 2, object.registered_saver->object_name);
    });
  }
  if (object.has_checkpoint_values) {
    AddMessage(writer, 5, [&](pbf_writer& inner) {
      if (*object.has_checkpoint_values) inner.add_bool(1, true);
    });
  }
  return bytes;
}

}  // namespace

Result<ObjectGraph> DecodeObjectGraph(std::string_view bytes) {
  return ReadMessage<ObjectGraph>("TrackableObjectGraph", bytes,
                                  [](pbf_reader reader, ObjectGraph& out) {
                                    while (reader.next()) {
                                      if (reader.tag() == 1) {
                                        out.nodes.push_back(ReadObject(TakeMessage(reader)));
                                      } else {
                                        reader.skip();
                                      }
                                    }
                                  });
}

std::string EncodeObjectGraph(const ObjectGraph& graph) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const TrackableObject& node : graph.nodes) writer.add_message(1, Encode(node));
  return bytes;
}

}  // namespace regraft::wire
